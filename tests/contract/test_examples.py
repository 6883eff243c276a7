"""Every example answer of the contract against the live answer on the demo: the same keys, the same types of values."""

from collections.abc import Iterator
from typing import Any

from backoffice.application import products
from backoffice.helpdesk import demo
from backoffice.kernel.house import House
from tests.making import Make

ANYBODY_AT_WORK = "SELECT assigned_agent_id FROM helpdesk.ticket WHERE status = 'in_progress' ORDER BY id LIMIT 1"
A_TICKET_WITH_A_PAST = """
    SELECT id FROM helpdesk.ticket WHERE status = 'closed' AND agent_response_count > 0 ORDER BY id LIMIT 1
"""
SUBJECTS = {"user_id": ANYBODY_AT_WORK, "agent_id": ANYBODY_AT_WORK, "ticket_id": A_TICKET_WITH_A_PAST}


async def test_every_read_of_the_contract_answers_like_its_example(house: House, make: Make, signed_in: Any) -> None:
    await demo.load(house)
    client = await signed_in(await make.super_admin())
    ids = {name: await value(house, sql) for name, sql in SUBJECTS.items()}
    examples = products(house)["helpdesk"].product.examples
    reads = [name for name in examples if name.startswith("GET ")]

    different = []
    for name in reads:
        answer = await client.get(name.removeprefix("GET ").format(**ids))
        assert answer.status_code == 200, f"{name}: {answer.text}"
        different += [f"{name}: {what}" for what in differences(examples[name]["response"], answer.json())]

    assert different == []
    assert len(reads) >= 9


async def value(house: House, sql: Any) -> int:
    async with house.database.read() as db:
        return await db.value(int, sql)


def differences(example: Any, live: Any, at: str = "answer") -> Iterator[str]:
    """Where the live value lacks a key of the example or has another type. Null fits everything; more keys are fine."""
    if example is None or live is None:
        return
    if kind_of(example) is not kind_of(live):
        yield f"{at} is {live!r}, in the example {example!r}"
    elif isinstance(example, dict):
        for key, part in example.items():
            if key in live:
                yield from differences(part, live[key], f"{at}.{key}")
            else:
                yield f"{at}.{key} is missing"
    elif isinstance(example, list):
        for number, part in enumerate(example):
            alike = [one for one in live if same_kind(part, one)]
            if alike:
                yield from differences(part, alike[0], f"{at}[{number}]")
            else:
                yield f"{at} has nothing like {part!r}"


def same_kind(part: Any, one: Any) -> bool:
    """Entries of a log are compared with those about the same kind of act: each kind has facts of its own."""
    return not isinstance(part, dict) or part.get("activity_type") == one.get("activity_type")


def kind_of(value: Any) -> type:
    """JSON knows one kind of number, and truth is none."""
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


def test_the_comparison_sees_what_differs() -> None:
    example = {"success": True, "data": {"items": [{"id": 1, "rate": 0.5, "note": None}], "total": 1}}

    alike = {"success": True, "data": {"items": [{"id": 2.0, "rate": 1, "note": "x"}], "total": 3, "more": None}}
    assert list(differences(example, alike)) == []
    assert list(differences(example, {"success": 1, "data": {"items": [{"id": "1", "rate": None}]}})) == [
        "answer.success is 1, in the example True",
        "answer.data.items[0].id is '1', in the example 1",
        "answer.data.items[0].note is missing",
        "answer.data.total is missing",
    ]
    assert list(differences(example, {"success": True, "data": {"items": [], "total": 0}})) == [
        "answer.data.items has nothing like {'id': 1, 'rate': 0.5, 'note': None}"
    ]
