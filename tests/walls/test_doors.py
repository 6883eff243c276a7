"""What every door of every product does with whom it does not know, who may not, and what is not there.

Generated from the doors themselves: a new door is under these tests from its first day.
"""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from backoffice.application import described, front
from backoffice.kernel.errors import NotFound, Refusal
from backoffice.kernel.house import House
from backoffice.kernel.web.front import Front
from backoffice.settings import Settings
from tests.walls.conftest import HIGHEST, People
from tests.walls.knocking import UNKNOWN, Knock, Proofs, answers, client_of, knocks, unlike

LOCKED = knocks()
OPEN = knocks(public=True)
STAFF = [one for one in LOCKED if one.door.lock.permission]
WITH_JSON = [one for one in [*LOCKED, *OPEN] if "json" in one.sent]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SIGN_OUT = {
    "helpdesk": "/helpdesk/api/v1/auth/logout",
    "marketplace": "/marketplace/api/v1/admin/auth/logout",
    "shield": "/shield/v1/admin/auth/logout",
}
NEXT = {"helpdesk": "marketplace", "marketplace": "shield", "shield": "helpdesk"}
"""Another product for each."""
LOWER = {"helpdesk": "agent", "marketplace": "support_agent", "shield": "support"}
ROLES = [(name, role) for name, app in described().items() for role in app.product.roles]


def sentence_of(answer: Any) -> str:
    body = answer.json()
    return str(body["detail"] if "detail" in body else body["error"]["message"])


def test_there_are_doors_to_knock_at() -> None:
    assert {one.asks for one in LOCKED} == {*SIGN_OUT, "marketplace platform", "shield platform"}
    assert len(LOCKED) > 60
    assert len(OPEN) >= 3


def test_the_bodies_we_knock_with_are_ones_the_doors_take() -> None:
    for one in [*LOCKED, *OPEN]:
        if one.door.lock.inputs.body:
            one.door.lock.inputs.body[1].model_validate(one.sent["json"])


async def test_every_door_asks_who_is_there(application: Front, house: House) -> None:
    assert unlike(await answers(application, LOCKED), 401) == []


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "", "é"])
async def test_no_door_opens_to_a_forged_token(application: Front, house: House, token: str) -> None:
    async with client_of(application) as client:
        headers = [(b"Authorization", b"Bearer " + token.encode()), (b"X-API-Key", token.encode())]
        found = [(one, await client.request(one.method, one.url, headers=headers, **one.sent)) for one in LOCKED]

    assert unlike(found, 401) == []


async def test_no_door_opens_to_an_expired_token(application: Front, people: People) -> None:
    expired = {name: people.token(name, one, minutes=-1) for name, one in (await people.everybody()).items()}

    assert unlike(await answers(application, STAFF, expired), 401) == []


async def test_no_door_opens_to_a_refresh_token(application: Front, people: People) -> None:
    refresh = {name: people.token(name, one, kind="refresh") for name, one in (await people.everybody()).items()}

    assert unlike(await answers(application, STAFF, refresh), 401) == []


async def test_no_door_opens_to_a_token_of_another_product(application: Front, proofs: Proofs) -> None:
    swapped = {product: proofs[other] for product, other in NEXT.items()}

    assert unlike(await answers(application, STAFF, swapped), 401) == []


async def test_no_door_opens_to_a_session_of_another_product(application: Front, people: People) -> None:
    """Whoever signed the token, the session behind it was begun in one product and counts there."""
    found = await people.everybody()
    crossed = {product: people.token(product, found[other]) for product, other in NEXT.items()}

    assert unlike(await answers(application, STAFF, crossed), 401) == []


async def test_no_door_opens_once_the_session_has_ended(application: Front, proofs: Proofs) -> None:
    async with client_of(application) as client:
        for product, url in SIGN_OUT.items():
            assert (await client.post(url, headers=proofs[product])).status_code == 200

    assert unlike(await answers(application, STAFF, proofs), 401) == []


async def test_no_door_opens_to_a_role_that_is_no_longer_held(application: Front, people: People) -> None:
    lower = {product: await people.person(product, role) for product, role in LOWER.items()}
    claimed = {name: people.token(name, one, role=HIGHEST) for name, one in lower.items()}

    assert unlike(await answers(application, STAFF, claimed), 401) == []


async def test_no_door_opens_to_a_deactivated_member(application: Front, people: People) -> None:
    found = await people.everybody()
    for product, person in found.items():
        await people.deactivate(product, person)
    proofs = {name: people.token(name, one) for name, one in found.items()}

    assert unlike(await answers(application, STAFF, proofs), 401) == []


@pytest.mark.parametrize(("product", "role"), ROLES)
async def test_a_role_without_the_permission_is_told_which_roles_have_it(
    application: Front, people: People, product: str, role: str
) -> None:
    ours = [one for one in STAFF if one.product.name == product]
    barred = [one for one in ours if one.door.lock.permission not in one.product.permissions_of(role)]
    found = await answers(application, barred, {product: people.token(product, await people.person(product, role))})

    assert unlike(found, 403) == []
    for one, answer in found:
        roles = ", ".join(one.product.roles_with(one.door.lock.permission or ""))
        assert sentence_of(answer) == f"Access denied. Required roles: {roles}", one.name


def test_every_permission_is_held_by_a_role() -> None:
    assert [one.name for one in STAFF if not one.product.roles_with(one.door.lock.permission or "")] == []


async def test_every_door_with_an_id_says_when_nothing_has_it(application: Front, proofs: Proofs) -> None:
    asked = [one for one in LOCKED if one.door.lock.inputs.path]
    found = await answers(application, asked, proofs)

    assert unlike(found, 404) == []


async def test_an_id_that_is_no_uuid_is_not_found_like_one_that_nothing_has(application: Front, proofs: Proofs) -> None:
    """Clients are told the same of both: the code of what is missing."""
    asked = [one for one in LOCKED if UNKNOWN[UUID] in one.url]
    found = await answers(application, asked, proofs, sent=lambda one: {**one.sent, "url": misspelled(one)})

    assert asked
    assert unlike(found, 404) == []
    known = await answers(application, asked, proofs)
    assert [sentence_of(one).replace("7-none", UNKNOWN[UUID]) for _, one in found] == [
        sentence_of(one) for _, one in known
    ]


def misspelled(one: Knock) -> str:
    return one.url.replace(UNKNOWN[UUID], "7-none")


async def test_every_door_with_an_id_declares_that_it_may_not_be_there() -> None:
    assert [one.name for one in LOCKED if one.door.lock.inputs.path and not declares(one, NotFound)] == []


def declares(one: Knock, family: type[Refusal]) -> bool:
    return any(issubclass(error, family) for error in one.door.errors)


async def test_a_method_without_a_door_is_refused_with_those_that_have_one(application: Front, house: House) -> None:
    paths = {one.url: one for one in [*LOCKED, *OPEN]}
    async with client_of(application) as client:
        for url, one in paths.items():
            taken = {method for other in paths_like(one) for method in other.door.methods or ()}
            for method in sorted(set(METHODS) - taken):
                answer = await client.request(method, url)
                assert answer.status_code == 405, f"{method} {url}"
                assert set(answer.headers["Allow"].split(", ")) <= taken, f"{method} {url}"


def paths_like(one: Knock) -> list[Knock]:
    """The doors that this address may lead to."""
    path = one.url.removeprefix(f"/{one.product.name}")
    return [other for other in [*LOCKED, *OPEN] if other.product is one.product and other.door.path_regex.match(path)]


@pytest.fixture
async def narrow(settings: Settings) -> AsyncIterator[Front]:
    """The same house with almost no room."""
    rates = {"reads_per_minute": 1, "writes_per_minute": 1, "platform_calls_per_minute": 1}
    application = front(settings.model_copy(update=rates))
    await application.house.open()
    yield application
    await application.house.close()


async def test_every_door_limits_how_often_somebody_knocks(narrow: Front, proofs: Proofs) -> None:
    first = {(one.asks, one.door.lock.scope is None and one.method == "GET"): one for one in LOCKED}
    await answers(narrow, list(first.values()), proofs)

    found = await answers(narrow, LOCKED, proofs)

    assert unlike(found, 429) == []
    assert [one.name for one, answer in found if not 1 <= int(answer.headers["Retry-After"]) <= 60] == []


async def test_every_public_door_limits_how_often_an_address_knocks(narrow: Front) -> None:
    for product in described():
        for method in METHODS:
            asked = [one for one in OPEN if one.product.name == product and one.method == method]
            found = await answers(narrow, [one for one in asked for _ in range(2)])
            assert unlike(found[1:], 429) == []


async def test_no_door_takes_more_than_its_limit(settings: Settings, proofs: Proofs) -> None:
    application = front(settings.model_copy(update={"body_limit_bytes": 1000, "upload_limit_bytes": 1000}))
    await application.house.open()
    asked = [one for one in [*LOCKED, *OPEN] if one.has_body]
    try:
        for how in (at_once, in_chunks):
            found = await answers(application, asked, proofs, sent=how)
            assert unlike(found, 413) == []
            assert {answer.headers.get("Connection") for _, answer in found} == {"close"}
    finally:
        await application.house.close()


def at_once(one: Knock) -> dict[str, Any]:
    return {"content": b"x" * 1001, "headers": {"content-type": kind_of(one)}}


def in_chunks(one: Knock) -> dict[str, Any]:
    return {"content": chunks(), "headers": {"transfer-encoding": "chunked", "content-type": kind_of(one)}}


def kind_of(one: Knock) -> str:
    return "multipart/form-data; boundary=x" if "files" in one.sent else "application/json"


async def chunks() -> AsyncIterator[bytes]:
    for _ in range(11):
        yield b"x" * 100


async def test_no_door_takes_another_kind_of_body(application: Front, proofs: Proofs) -> None:
    asked = [one for one in [*LOCKED, *OPEN] if one.has_body]
    other = {"content": b"<xml/>", "headers": {"content-type": "application/xml"}}

    assert unlike(await answers(application, asked, proofs, sent=lambda one: other), 415) == []


async def test_no_door_takes_a_field_it_does_not_know(application: Front, proofs: Proofs) -> None:
    found = await answers(
        application, WITH_JSON, proofs, sent=lambda one: {"json": {**one.sent["json"], "colour": "red"}}
    )

    assert unlike(found, 400) == []


@pytest.mark.parametrize(
    "broken", [b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"a": "\\u0000"}', b'{"a": "\\ud800"}']
)
async def test_no_door_answers_a_broken_body_with_more_than_a_sentence(
    application: Front, proofs: Proofs, broken: bytes
) -> None:
    request = {"content": broken, "headers": {"content-type": "application/json"}}

    assert unlike(await answers(application, WITH_JSON, proofs, sent=lambda one: request), 400) == []


@pytest.mark.parametrize("wrong", ["abc", "0", "-1", str(2**63), "1.5", "%00"])
async def test_no_id_is_read_as_anything_but_what_it_is(application: Front, proofs: Proofs, wrong: str) -> None:
    asked = [one for one in LOCKED if "987654321" in one.url]
    found = await answers(
        application, asked, proofs, sent=lambda one: {**one.sent, "url": one.url.replace("987654321", wrong)}
    )

    assert unlike(found, 400) == []


async def test_every_answer_carries_its_ids_and_its_shields(application: Front, house: House) -> None:
    found = await answers(application, [*LOCKED, *OPEN])

    for one, answer in found:
        assert answer.headers["X-Request-Id"] == answer.headers["X-Trace-Id"], one.name
        assert len(answer.headers["X-Request-Id"]) == 32, one.name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", one.name
        assert answer.headers["X-Frame-Options"] == "DENY", one.name
        assert answer.headers["Cache-Control"] == "no-store", one.name
        assert "Strict-Transport-Security" in answer.headers, one.name
        assert "Server" not in answer.headers, one.name
