"""Whoever also works where money moves is nobody's to become: no colleague's, no super admin's of the helpdesk."""

from typing import Any

import pytest

from backoffice.application import described
from tests.helpdesk.team.test_api import USERS
from tests.helpdesk.team.test_refusals import works_elsewhere
from tests.making import Make

MONEY = "This person also works in a product that moves money: email, name and password change on the command line only"


@pytest.mark.parametrize("product", ["shield", "a product that nobody knows"])
@pytest.mark.parametrize("is_active", [True, False])
async def test_no_super_admin_of_the_helpdesk_becomes_or_redirects_them(
    make: Make, signed_in: Any, product: str, is_active: bool
) -> None:
    colleague = await make.super_admin()
    await works_elsewhere(make, colleague, product)
    async with make.write() as tx:
        tx.record("made", "for a test")
        await tx.run(
            "UPDATE kernel.membership SET is_active = %(to)s WHERE staff_id = %(id)s AND product = %(product)s",
            to=is_active,
            id=colleague.id,
            product=product,
        )
    client = await signed_in(await make.super_admin())

    answers = [
        await client.post(f"{USERS}/{colleague.id}/reset-password"),
        await client.put(f"{USERS}/{colleague.id}", json={"email": "mine@desk.example"}),
        await client.put(f"{USERS}/{colleague.id}", json={"full_name": "Somebody Else"}),
    ]

    assert [(answer.status_code, answer.json()["detail"]) for answer in answers] == [(403, MONEY)] * 3
    assert await make.audited() == []


async def test_nor_do_they_redirect_themselves_from_here(make: Make, signed_in: Any) -> None:
    colleague = await make.super_admin()
    await works_elsewhere(make, colleague, "shield")

    answer = await (await signed_in(colleague)).put(f"{USERS}/{colleague.id}", json={"email": "mine@desk.example"})

    assert answer.status_code == 403


async def test_their_place_in_the_team_stays_the_admins(make: Make, signed_in: Any) -> None:
    agent = await make.agent()
    await works_elsewhere(make, agent, "shield")
    client = await signed_in(await make.admin())

    post = await client.put(f"{USERS}/{agent.id}", json={"agent_capacity": 3})
    out = await client.delete(f"{USERS}/{agent.id}")

    assert (post.status_code, out.status_code) == (200, 200)
    async with make.read() as db:
        active = await db.value(
            bool,
            "SELECT is_active FROM kernel.membership WHERE staff_id = %(id)s AND product = 'shield'",
            id=agent.id,
        )
    assert active


async def test_the_database_says_of_every_product_what_it_declares(make: Make) -> None:
    async with make.read() as db:
        known = await db.values(str, "SELECT name || ':' || moves_money FROM kernel.product ORDER BY name")

    declared = {name: app.product.moves_money for name, app in described().items()}
    assert known == [f"{name}:{str(money).lower()}" for name, money in sorted(declared.items())]
