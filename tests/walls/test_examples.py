"""Every door is documented with an example: a body that it takes and an answer that it could give."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from backoffice.application import described
from backoffice.kernel.web.door import Door

DOORS = {
    (product, f"{method} {door.path_format}"): door
    for product, app in described().items()
    for door in app.doors
    for method in door.methods or ()
}
EXAMPLES = {(product, name): one for product, app in described().items() for name, one in app.product.examples.items()}


def test_every_door_has_an_example_of_its_body_and_of_its_answer() -> None:
    lacking = []
    for name, door in DOORS.items():
        wanted = {"request"} if door.lock.inputs.body else set()
        wanted |= {"response"} if door.documented.response_model is not None else set()
        if missing := wanted - set(EXAMPLES.get(name, {})):
            lacking.append((*name, *missing))

    assert lacking == []


def test_no_example_is_left_of_a_door_that_is_gone() -> None:
    assert EXAMPLES.keys() - DOORS.keys() == set()


def test_the_examples_are_what_the_doors_take_and_give() -> None:
    assert [problem for name, example in EXAMPLES.items() for problem in problems(DOORS[name], example)] == []


def problems(door: Door, example: dict[str, Any]) -> list[str]:
    """What is wrong with an example. Answers of the contract may leave out fields that we add."""
    found = []
    body = door.lock.inputs.body
    for kind, part in (("request", body and body[1]), ("response", door.documented.response_model)):
        if part is not None and kind in example:
            try:
                TypeAdapter(part).validate_python(example[kind])
            except ValidationError as refused:
                errors = [one for one in refused.errors() if kind == "request" or one["type"] != "missing"]
                found += [f"{door.path_format} {kind}: {one['loc']} {one['msg']}" for one in errors]
    return found
