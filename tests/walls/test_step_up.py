"""What asks for a fresh code opens to no session that gave none, in every product; made roles open what they hold.

Generated from the doors themselves, like those of test_doors.py.
"""

import httpx

from backoffice.application import described
from backoffice.kernel.web.front import Front
from backoffice.kernel.web.product import every_product
from tests.walls.conftest import People
from tests.walls.knocking import Knock, answers, knocks, unlike

STAFF = [one for one in knocks() if one.door.lock.permission]
ASKING = [one for one in STAFF if one.door.lock.step_up]
BOOKS = {product.name: product.role_book for product in every_product() if product.role_book}
NIGHT = "night_shift"


async def test_no_door_that_asks_for_a_fresh_code_opens_without_one(application: Front, people: People) -> None:
    found = {product: await people.person(product, proved=False) for product in described()}
    tokens = {product: people.token(product, person) for product, person in found.items()}

    assert unlike(await answers(application, ASKING, tokens), 403) == []


def test_what_gives_power_asks_for_a_fresh_code() -> None:
    giving = [one for one in STAFF if one.method != "GET" and one.door.lock.permission == "roles:manage"]

    assert giving
    assert [one.name for one in giving if one not in ASKING] == []


def test_a_door_that_asks_for_a_fresh_code_says_so() -> None:
    documents = {name: app.openapi() for name, app in described().items()}
    for one in ASKING:
        said = documents[one.product.name]["paths"][one.door.path_format][one.method.lower()]
        assert said["x-step-up"] is True, one.name
        assert "auth/step-up" in said["responses"]["403"]["description"], one.name


async def test_a_role_that_staff_made_opens_the_doors_it_holds_and_no_others(
    application: Front, people: People
) -> None:
    for name, book in BOOKS.items():
        ours = [one for one in STAFF if one.product.name == name]
        for held in ([], sorted(book.known)):
            await people.make_role(name, NIGHT, held)
            proofs = {name: people.token(name, await people.person(name, NIGHT))}
            may = book.held_by(NIGHT, held)
            barred = [one for one in ours if one.door.lock.permission not in may]

            assert unlike(await answers(application, barred, proofs), 403) == []
            assert denied(await answers(application, but_signing_out(ours, barred), proofs)) == []


def but_signing_out(ours: list[Knock], barred: list[Knock]) -> list[Knock]:
    return [one for one in ours if one not in barred and not one.url.endswith("/logout")]


def denied(found: list[tuple[Knock, httpx.Response]]) -> list[str]:
    """Those that answered that the role lacks the permission, or that nobody is there."""
    return [one.name for one, answer in found if answer.status_code == 401 or "PERMISSION_DENIED" in answer.text]
