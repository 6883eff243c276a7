"""A refusal says its sentence with its facts filled in, and no fact takes the place of what every refusal has."""

import pytest

from backoffice.kernel.errors import Conflict, Refusal


class TooLate(Conflict):
    """{what} came {minutes} minutes late"""

    what: str
    minutes: int


def test_a_refusal_says_its_facts() -> None:
    assert TooLate(what="The refund", minutes=7).sentence == "The refund came 7 minutes late"


class OnTwoLines(Conflict):
    """What is long goes on
    in the next line
    """


def test_a_sentence_is_one_line_however_it_is_written_down() -> None:
    assert OnTwoLines().sentence == "What is long goes on in the next line"


@pytest.mark.parametrize("name", ["sentence", "facts"])
def test_a_fact_is_called_otherwise_than_what_every_refusal_has(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        type("Odd", (Refusal,), {"__annotations__": {name: str}, "__doc__": "x"})
