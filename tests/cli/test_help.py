"""What a person reads who has only the command line: --help, and lists of nothing."""

from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperArgument, TyperGroup

from backoffice.cli import app
from tests.cli.conftest import Command


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


async def test_a_list_of_nothing_is_a_sentence_and_no_empty_frame(command: Command) -> None:
    asked = {
        ("keys", "platform", "list"): "shield has no key that works.",
        ("webhooks", "list", "--product", "marketplace"): "marketplace has no endpoint.",
        ("webhooks", "log", "--failed"): "No such delivery of shield is known.",
        ("webhooks", "attempts", "7"): "No attempt at delivery 7 of shield is known.",
        ("notifications", "log", "--failed"): "Nothing was written yet.",
        ("refunds", "lost"): "No refund is lost.",
        ("payouts", "lost"): "No payout is lost.",
    }

    said = {words: (await command(*words)).out for words in asked}

    assert said == {words: f"{sentence}\n" for words, sentence in asked.items()}
