"""What every door of every product does with whom it does not know, who may not, and what is not there.

Generated from the doors themselves: a new door is under these tests from its first day.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from backoffice.application import front
from backoffice.kernel.house import House
from backoffice.kernel.web.front import Front
from backoffice.settings import Settings
from tests.making import Make, Member
from tests.walls.knocking import Knock, answers, client_of, knocks, unlike

LOCKED = knocks()
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def claims_of(member: Member, **other: Any) -> dict[str, Any]:
    who = {"user_id": member.id, "username": member.username, "sid": member.session_id, "role": member.role}
    return {**who, "email": member.email, **other}


def test_there_are_doors_to_knock_at() -> None:
    assert len(LOCKED) > 15
    assert len(knocks(public=True)) >= 2


def test_the_bodies_we_knock_with_are_ones_the_doors_take() -> None:
    for one in [*LOCKED, *knocks(public=True)]:
        if one.door.lock.inputs.body:
            one.door.lock.inputs.body[1].model_validate(one.sent["json"])


async def test_every_door_asks_who_is_there(application: Front, house: House) -> None:
    assert unlike(await answers(application, LOCKED), 401) == []


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "", "é"])
async def test_no_door_opens_to_a_forged_token(application: Front, house: House, token: str) -> None:
    async with client_of(application) as client:
        headers = [(b"Authorization", b"Bearer " + token.encode())]
        found = [(one, await client.request(one.method, one.url, headers=headers, **one.sent)) for one in LOCKED]

    assert unlike(found, 401) == []


async def test_no_door_opens_to_an_expired_token(application: Front, make: Make) -> None:
    member = await make.super_admin()
    token = make.house.tokens.issue("access", "helpdesk", lifetime=timedelta(seconds=-1), claims=claims_of(member))

    assert unlike(await answers(application, LOCKED, token), 401) == []


async def test_no_door_opens_to_a_refresh_token(application: Front, make: Make) -> None:
    member = await make.super_admin()
    token = make.house.tokens.issue("refresh", "helpdesk", lifetime=timedelta(days=1), claims=claims_of(member))

    assert unlike(await answers(application, LOCKED, token), 401) == []


async def test_no_door_opens_to_a_token_of_another_product(application: Front, make: Make) -> None:
    member = await make.super_admin()
    token = make.house.tokens.issue("access", "elsewhere", lifetime=timedelta(minutes=5), claims=claims_of(member))

    assert unlike(await answers(application, LOCKED, token), 401) == []


async def test_no_door_opens_once_the_session_has_ended(application: Front, make: Make) -> None:
    token = await make.token(await make.super_admin())
    async with client_of(application, token) as client:
        assert (await client.post("/helpdesk/api/v1/auth/logout")).status_code == 200

    assert unlike(await answers(application, LOCKED, token), 401) == []


async def test_no_door_opens_to_a_role_that_is_no_longer_held(application: Front, make: Make) -> None:
    member = await make.agent()
    token = make.house.tokens.issue(
        "access", "helpdesk", lifetime=timedelta(minutes=5), claims=claims_of(member, role="super_admin")
    )

    assert unlike(await answers(application, LOCKED, token), 401) == []


async def test_no_door_opens_to_a_deactivated_member(application: Front, make: Make) -> None:
    token = await make.token(await make.super_admin(is_active=False))

    assert unlike(await answers(application, LOCKED, token), 401) == []


@pytest.mark.parametrize("role", ["super_admin", "admin", "agent"])
async def test_a_role_without_the_permission_is_told_which_roles_have_it(
    application: Front, make: Make, role: str
) -> None:
    barred = [one for one in LOCKED if one.door.lock.permission not in one.product.permissions_of(role)]
    found = await answers(application, barred, await make.token(await make.member(role)))

    assert unlike(found, 403) == []
    for one, answer in found:
        roles = ", ".join(one.product.roles_with(one.door.lock.permission or ""))
        assert answer.json() == {"detail": f"Access denied. Required roles: {roles}"}, one.name


def test_every_permission_is_held_by_a_role() -> None:
    assert [one.name for one in LOCKED if not one.product.roles_with(one.door.lock.permission or "")] == []


async def test_every_door_with_an_id_says_when_nothing_has_it(application: Front, make: Make) -> None:
    asked = [one for one in LOCKED if one.door.lock.inputs.path]
    found = await answers(application, asked, await make.token(await make.super_admin()))

    assert unlike(found, 404) == []


async def test_every_door_with_an_id_declares_that_it_may_not_be_there() -> None:
    assert [one.name for one in LOCKED if one.door.lock.inputs.path and not declares(one, "not_found")] == []


def declares(one: Knock, family: str) -> bool:
    return any(getattr(kind, "code", "") == family for error in one.door.errors for kind in error.__mro__)


async def test_a_method_without_a_door_is_refused_with_those_that_have_one(application: Front, make: Make) -> None:
    paths = {one.url: one for one in [*LOCKED, *knocks(public=True)]}
    async with client_of(application, await make.token(await make.super_admin())) as client:
        for url, one in paths.items():
            taken = {method for other in paths_like(one) for method in other.door.methods or ()}
            for method in sorted(set(METHODS) - taken):
                answer = await client.request(method, url)
                assert answer.status_code == 405, f"{method} {url}"
                assert set(answer.headers["Allow"].split(", ")) <= taken, f"{method} {url}"


def paths_like(one: Knock) -> list[Knock]:
    """The doors that this address may lead to."""
    path = one.url.removeprefix(f"/{one.product.name}")
    every = [*LOCKED, *knocks(public=True)]
    return [other for other in every if other.product is one.product and other.door.path_regex.match(path)]


@pytest.fixture
async def narrow(settings: Settings) -> AsyncIterator[Front]:
    """The same house with almost no room."""
    tight = {"reads_per_minute": 1, "writes_per_minute": 1, "body_limit_bytes": 1000, "upload_limit_bytes": 1000}
    application = front(settings.model_copy(update=tight))
    await application.house.open()
    yield application
    await application.house.close()


async def test_every_door_limits_how_often_somebody_knocks(narrow: Front, make: Make) -> None:
    token = make.house.tokens.issue(
        "access", "helpdesk", lifetime=timedelta(minutes=5), claims=claims_of(await make.super_admin())
    )
    async with client_of(narrow, token) as client:
        await client.get("/helpdesk/api/v1/auth/me")
        await client.post("/helpdesk/api/v1/auth/logout")

    found = await answers(narrow, LOCKED, token)

    assert unlike(found, 429) == []
    assert [one.name for one, answer in found if not 1 <= int(answer.headers["Retry-After"]) <= 60] == []


async def test_every_public_door_limits_how_often_an_address_knocks(narrow: Front) -> None:
    doors = knocks(public=True)
    for method in METHODS:
        asked = [one for one in doors if one.method == method]
        found = await answers(narrow, [one for one in asked for _ in range(2)])
        assert unlike(found[1:], 429) == []


async def test_no_door_takes_more_than_its_limit(settings: Settings, make: Make) -> None:
    application = front(settings.model_copy(update={"body_limit_bytes": 1000, "upload_limit_bytes": 1000}))
    await application.house.open()
    token = await make.token(await make.super_admin())
    asked = [one for one in [*LOCKED, *knocks(public=True)] if one.has_body]
    try:
        async with client_of(application, token) as client:
            for headers in ({}, {"transfer-encoding": "chunked"}):
                found = []
                for one in asked:
                    kind = "multipart/form-data; boundary=x" if "files" in one.sent else "application/json"
                    content = chunks() if headers else b"x" * 1001
                    sent = {"content": content, "headers": {**headers, "content-type": kind}}
                    found.append((one, await client.request(one.method, one.url, **sent)))
                assert unlike(found, 413) == []
    finally:
        await application.house.close()


async def chunks() -> AsyncIterator[bytes]:
    for _ in range(11):
        yield b"x" * 100


async def test_no_door_takes_another_kind_of_body(application: Front, make: Make) -> None:
    token = await make.token(await make.super_admin())
    asked = [one for one in [*LOCKED, *knocks(public=True)] if one.has_body]
    async with client_of(application, token) as client:
        sent = {"content": b"<xml/>", "headers": {"content-type": "application/xml"}}
        found = [(one, await client.request(one.method, one.url, **sent)) for one in asked]

    assert unlike(found, 415) == []


async def test_no_door_takes_a_field_it_does_not_know(application: Front, make: Make) -> None:
    token = await make.token(await make.super_admin())
    asked = [one for one in [*LOCKED, *knocks(public=True)] if "json" in one.sent]
    async with client_of(application, token) as client:
        found = [
            (one, await client.request(one.method, one.url, json={**one.sent["json"], "colour": "red"}))
            for one in asked
        ]

    assert unlike(found, 400) == []


async def test_no_door_answers_a_broken_body_with_more_than_a_sentence(application: Front, make: Make) -> None:
    token = await make.token(await make.super_admin())
    asked = [one for one in [*LOCKED, *knocks(public=True)] if "json" in one.sent]
    async with client_of(application, token) as client:
        for broken in (b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"a": "\\u0000"}', b'{"a": "\\ud800"}'):
            sent = {"content": broken, "headers": {"content-type": "application/json"}}
            found = [(one, await client.request(one.method, one.url, **sent)) for one in asked]
            assert unlike(found, 400) == [], broken


async def test_no_id_is_read_as_anything_but_what_it_is(application: Front, make: Make) -> None:
    token = await make.token(await make.super_admin())
    asked = [one for one in LOCKED if "987654321" in one.url]
    async with client_of(application, token) as client:
        for wrong in ("abc", "0", "-1", str(2**63), "1.5", "%00"):
            found = [
                (one, await client.request(one.method, one.url.replace("987654321", wrong), **one.sent))
                for one in asked
            ]
            assert unlike(found, 400) == [], wrong


async def test_every_answer_carries_its_ids_and_its_shields(application: Front, make: Make) -> None:
    found = await answers(application, [*LOCKED, *knocks(public=True)])

    for one, answer in found:
        assert answer.headers["X-Request-Id"] == answer.headers["X-Trace-Id"], one.name
        assert len(answer.headers["X-Request-Id"]) == 32, one.name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", one.name
        assert answer.headers["X-Frame-Options"] == "DENY", one.name
        assert answer.headers["Cache-Control"] == "no-store", one.name
        assert "Strict-Transport-Security" in answer.headers, one.name
        assert "Server" not in answer.headers, one.name
