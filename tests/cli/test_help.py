"""--help: what a person reads who has only the command line."""

from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperArgument, TyperGroup

from backoffice.cli import app


def every_command(group: TyperGroup, *names: str) -> Iterator[tuple[str, typer.core.TyperCommand]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from every_command(command, *names, name)
        else:
            yield " ".join((*names, name)), command


COMMANDS = {name: one for name, one in every_command(typer.main.get_command(app)) if not one.hidden}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_what_it_does_in_paragraphs_and_what_each_argument_is(name: str) -> None:
    command = COMMANDS[name]

    assert command.help
    assert "\n" not in command.help.replace("\n\n", ""), "a screen breaks a sentence where it is full, not elsewhere"
    unexplained = [one.name for one in command.params if isinstance(one, TyperArgument) and not one.help]
    assert unexplained == []
