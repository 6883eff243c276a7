"""What the bodies of shield's doors take for yes, no, a day or a moment: those, and nothing that looks like them."""

import json
import types
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import AwareDatetime, BaseModel, PastDate, TypeAdapter, ValidationError

from backoffice.application import described
from backoffice.kernel.money import Dollars
from backoffice.kernel.web.json_body import read_json
from backoffice.shield.member.platform_schemas import LineIn

BODIES = {lock.inputs.body[1] for lock in (door.lock for door in described()["shield"].doors) if lock.inputs.body}
AMOUNT: TypeAdapter[int] = TypeAdapter(Dollars)
LIKE: dict[Any, list[Any]] = {
    bool: ["yes", "false", 1, 0],
    PastDate: [0, "0", 1711000000],
    AwareDatetime: [0, "1711000000", 1711000000, "2026-01-31"],
}


def fields(model: type[BaseModel], *above: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every field of a body with its path, also those of the bodies inside it."""
    for name, field in model.model_fields.items():
        is_choice = get_origin(field.annotation) in (Union, types.UnionType)
        kinds = get_args(field.annotation) if is_choice else (field.annotation,)
        for kind in kinds:
            plain = get_args(kind)[0] if hasattr(kind, "__metadata__") else kind
            if isinstance(plain, type) and issubclass(plain, BaseModel):
                yield from fields(plain, *above, name)
            elif plain in LIKE:
                yield (*above, name), plain


FOUND = sorted(
    {(model.__name__, model, path, kind) for model in (*BODIES, LineIn) for path, kind in fields(model)}, key=str
)


def test_there_are_fields_to_look_at() -> None:
    assert {kind for _, _, _, kind in FOUND} == set(LIKE)
    assert len(FOUND) > 15


@pytest.mark.parametrize(
    ("model", "path", "kind"), [one[1:] for one in FOUND], ids=[".".join((name, *path)) for name, _, path, _ in FOUND]
)
def test_only_what_is_meant_is_taken(model: type[BaseModel], path: tuple[str, ...], kind: Any) -> None:
    taken = []
    for wrong in LIKE[kind]:
        body: Any = wrong
        for name in reversed(path):
            body = {name: body}
        try:
            model.model_validate_json(json.dumps(body))
        except ValidationError as error:
            if path in [problem["loc"] for problem in error.errors()]:
                continue
        taken.append(wrong)

    assert taken == []


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("2500", 250_000),
        ("2500.00", 250_000),
        ("2.5e3", 250_000),
        ("-0", 0),
        ("2500.0000000000000001", None),
        ("0.001", None),
        ("1e-3", None),
        ("-0.01", None),
        ("1e18", None),
    ],
)
def test_an_amount_is_read_from_the_text_of_the_number(written: str, cents: int | None) -> None:
    read = read_json(b'{"amount": %s}' % written.encode())["amount"]

    if cents is None:
        with pytest.raises(ValidationError):
            AMOUNT.validate_python(read)
    else:
        assert AMOUNT.validate_python(read) == cents
