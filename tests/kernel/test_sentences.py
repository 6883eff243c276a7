"""Whatever a validator finds wrong is said in words for people."""

import re
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

import pytest
from pydantic import AfterValidator, BaseModel, EmailStr, Field, ValidationError
from pydantic_core.core_schema import ErrorType

from backoffice.kernel.sentences import SAID_BY_US, sentence_of
from backoffice.kernel.web.inputs import refuse

ITS_OWN_WORDS = re.compile(
    r"[Ii]nput|[Vv]alid (?:string|integer|number|list|dict)|Field|[{}]|Value error|instance|pydantic"
)
EVERY = [kind for kind in get_args(ErrorType) if kind not in SAID_BY_US]


class Facts(dict[str, Any]):
    """A value for whatever a sentence wants to name."""

    def __missing__(self, name: str) -> str:
        return "7"


@pytest.mark.parametrize("kind", EVERY)
def test_every_error_of_the_validator_has_words_of_ours(kind: str) -> None:
    said = sentence_of({"type": kind, "msg": "Input should be something", "ctx": Facts()})

    assert re.match(r"(?:must|is|does|can't) ", said), said
    assert not ITS_OWN_WORDS.search(said), said


class State(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    LOST = "lost"


class Asked(BaseModel):
    state: Literal[State.OPEN, State.CLOSED] = State.OPEN
    rank: Literal[1, -2] = 1
    name: Annotated[str, Field(min_length=1, max_length=3)] = "a"
    kind: Literal["a", "b"] = "a"
    count: Annotated[int, Field(ge=1, le=9)] = 1
    amount: Decimal = Decimal(0)
    nick: Annotated[str, AfterValidator(str.strip), Field(min_length=1, max_length=3)] = "a"
    email: EmailStr = "a@example.com"
    parts: Annotated[list[str], Field(min_length=1)] = ["a"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": ""}, "name: must not be empty"),
        ({"name": 5}, "name: must be text"),
        ({"name": "abcd"}, "name: must have at most 3 characters"),
        ({"kind": "c"}, "kind: must be 'a' or 'b'"),
        ({"state": "lost"}, "state: must be 'open' or 'closed'"),
        ({"rank": 3}, "rank: must be 1 or -2"),
        ({"count": "many"}, "count: must be a whole number"),
        ({"count": 1.5}, "count: must be a whole number"),
        ({"count": 10}, "count: must be at most 9"),
        ({"amount": "much"}, "amount: must be a number"),
        ({"nick": ""}, "nick: must not be empty"),
        ({"nick": "abcd"}, "nick: must have at most 3 characters"),
        ({"parts": []}, "parts: must not be empty"),
        ({"email": "notanemail"}, "email: must be an e-mail address"),
    ],
)
def test_a_refusal_says_it_with_the_fields_name(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        Asked.model_validate(given)

    assert refuse(wrong.value).summary == said
