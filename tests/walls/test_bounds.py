"""Every text and every list that a door takes has a bound: in its path, its query, its form and its body."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, Field

from backoffice.application import described
from backoffice.kernel.web.inputs import Inputs

BOUNDED = ("maxLength", "enum", "const", "format", "pattern")
"""A format or a pattern bounds a text too: what fits it is short."""


def schemas_of(inputs: Inputs) -> Iterator[tuple[str, Any]]:
    for part in (inputs.query, inputs.body, inputs.form):
        if part is not None:
            yield part[1].__name__, part[1].model_json_schema()
    for name, adapter in inputs.path.items():
        yield name, adapter.json_schema()


def unbounded(schema: Any, place: str, defs: Any) -> Iterator[str]:
    """Where a text or a list may be as long as a sender likes."""
    if "$ref" in schema:
        schema = defs[schema["$ref"].rsplit("/", 1)[-1]]
    if schema.get("type") == "string" and not any(bound in schema for bound in BOUNDED):
        yield place
    if schema.get("type") == "array" and "maxItems" not in schema:
        yield f"{place}[]"
    inner = [(f"{place}.{name}", one) for name, one in schema.get("properties", {}).items()]
    inner += [(place, one) for kind in ("anyOf", "allOf", "oneOf") for one in schema.get(kind, [])]
    inner += [(f"{place}[]", schema[kind]) for kind in ("items",) if kind in schema]
    more = schema.get("additionalProperties")
    inner += [(f"{place}{{}}", more)] if isinstance(more, dict) else []
    for name, one in inner:
        yield from unbounded(one, name, defs)


def test_every_text_and_list_of_every_door_has_a_bound() -> None:
    doors = [door for app in described().values() for door in app.doors]

    found = [
        f"{door.path_format} {where}"
        for door in doors
        for name, schema in schemas_of(door.lock.inputs)
        for where in unbounded(schema, name, schema.get("$defs", {}))
    ]

    assert found == []
    assert len(doors) > 60, "the wall no longer finds the doors"


class Loose(BaseModel):
    short: str = Field(max_length=3)
    long: str | None = None
    many: list[int]
    deep: dict[str, str] = {}


def test_the_wall_catches_what_has_none() -> None:
    schema = Loose.model_json_schema()

    assert sorted(unbounded(schema, "Loose", {})) == ["Loose.deep{}", "Loose.long", "Loose.many[]"]
