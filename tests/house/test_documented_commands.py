"""Every `backoffice` command that a page tells somebody to type is there, with the options it is told with."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from backoffice import cli

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "deploy/README.md", *sorted((ROOT / "docs").glob("*.md")))
TOLD = re.compile(r"(?:^ {4}(?:\$ )?|`|\$ |^)backoffice ((?:[a-z-]+)(?: [^`#]*)?)")
OPTION = re.compile(r"--[a-z][a-z-]*")
SAID_BY_A_COMMAND = "backoffice runs on this folder"


def told() -> Iterator[tuple[str, str]]:
    """Where a command stands, and its words; two blanks begin what it does."""
    for page in PAGES:
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            for found in TOLD.finditer(line):
                if SAID_BY_A_COMMAND not in line:
                    yield f"{page.name}:{number}", re.split(r" {2,}", found[1])[0]


def wrong_in(words: list[str], command: Any) -> list[str]:
    """Names that lead nowhere, then options that the command does not have. `a|b` names both."""
    while words and not words[0].startswith("-") and hasattr(command, "commands"):
        names = words.pop(0).strip("`.,;:()").split("|")
        if unknown := [name for name in names if name not in command.commands]:
            return unknown
        command = command.commands[names[0]]
    known = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    return [option for option in OPTION.findall(" ".join(words)) if option not in known]


def test_they_are_there_with_their_options() -> None:
    app = typer.main.get_command(cli.app)
    commands = list(told())

    assert len(commands) > 100
    assert {place: wrong for place, text in commands if (wrong := wrong_in(text.split(), app))} == {}
