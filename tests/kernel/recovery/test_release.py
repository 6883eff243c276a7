"""Things leave again once the money was compared and two people, each with a code, agreed to what they saw."""

from typing import LiteralString

import pytest

from backoffice.kernel import recovery
from backoffice.kernel.actor import Context
from backoffice.kernel.approval import AgreedAlready
from backoffice.kernel.house import House
from backoffice.kernel.identity import second_factor
from backoffice.kernel.identity.step_up import MfaRequired
from backoffice.kernel.journal import hold
from backoffice.kernel.journal.book import Kind, line
from backoffice.kernel.recovery.after import RESTORER
from backoffice.kernel.recovery.money import NO_JOURNAL, MayNotRelease, NotCompared, Released, compare, release, sign
from tests.authenticator import code
from tests.conftest import PASSWORD
from tests.making import Make, Member


async def with_app(house: House, who: Member) -> str:
    """The secret of the authenticator app that they have enrolled."""
    offered = await second_factor.enrol(house, who.actor, context=Context(), password=PASSWORD, issuer="tests")
    await second_factor.confirm(house, who.actor, context=Context(), code=code(offered.secret, later=0))
    return offered.secret


async def agreed(house: House, who: Member, secret: str) -> Released:
    actor = await sign(house, product="helpdesk", login=who.username, password=PASSWORD, code=code(secret))
    return await release(house, actor)


async def held_with_a_job(house: House) -> None:
    await recovery.settle(house)
    async with house.database.write(RESTORER) as tx:
        leaving = hold.Leaving("bulk", "kernel.send_notification", 0, None, {"notice_id": "one"})
        assert await hold.put_away(tx, leaving)
        assert await hold.put_away(tx, leaving)


async def test_two_people_release_what_was_put_away_and_one_alone_does_not(house: House, make: Make) -> None:
    one, other = await make.super_admin(), await make.super_admin()
    one_app, other_app = await with_app(house, one), await with_app(house, other)
    await held_with_a_job(house)
    with pytest.raises(NotCompared):
        await agreed(house, one, one_app)
    await compare(house)

    actor = await sign(house, product="helpdesk", login=other.username, password=PASSWORD, code=code(other_app))
    first = await release(house, actor)
    with pytest.raises(AgreedAlready):
        await release(house, actor)
    assert not first.standing.is_reached
    assert await make.value("SELECT count(*) FROM kernel.held_job") == 1

    async with house.database.write(RESTORER) as tx:
        await tx.run("UPDATE kernel.totp SET used_step = 0 WHERE staff_id = %(id)s", id=one.id)
        tx.record("code not used yet", one.id)
    second = await agreed(house, one, one_app)

    assert (second.standing.is_reached, second.jobs) == (True, 1)
    assert await make.value("SELECT count(*) FROM kernel.hold WHERE released_at IS NULL") == 0
    assert await make.value("SELECT args->>'notice_id' FROM procrastinate.procrastinate_jobs") == "one"


async def test_without_a_journal_of_that_time_no_comparison_says_that_all_agrees(house: House) -> None:
    await recovery.settle(house)
    await house.journal.write(line(Kind.MARK, number=1, sequences={}))

    again = await recovery.settle(house)

    assert not again.has_journal
    assert await compare(house) == [NO_JOURNAL]


async def test_an_agent_or_somebody_without_a_second_factor_releases_nothing(house: House, make: Make) -> None:
    await held_with_a_job(house)
    for who, refusal in ((await make.agent(), MayNotRelease), (await make.super_admin(), MfaRequired)):
        with pytest.raises(refusal):
            await sign(house, product="helpdesk", login=who.username, password=PASSWORD, code="123456")


async def test_whoever_agreed_before_the_money_was_compared_anew_has_agreed_to_nothing(
    house: House, make: Make
) -> None:
    one, other = await make.super_admin(), await make.super_admin()
    await held_with_a_job(house)
    await compare(house)
    await release(house, one.actor)
    await compare(house)

    assert (await release(house, other.actor)).standing.received == 1


@pytest.mark.parametrize("change", ["is_active = false", "role = 'agent'"])
async def test_the_word_of_somebody_who_was_shut_out_or_demoted_meanwhile_counts_no_more(
    house: House, make: Make, change: LiteralString
) -> None:
    one, other = await make.super_admin(), await make.super_admin()
    one_app, other_app = await with_app(house, one), await with_app(house, other)
    await held_with_a_job(house)
    await compare(house)
    await agreed(house, one, one_app)
    async with house.database.write(RESTORER) as tx:
        await tx.run(f"UPDATE kernel.membership SET {change} WHERE staff_id = %(id)s", id=one.id)
        tx.record("no super admin any more", one.id)

    last = await agreed(house, other, other_app)

    assert (last.standing.is_reached, last.standing.received) == (False, 1)
    assert await make.value("SELECT count(*) FROM kernel.hold WHERE released_at IS NULL") == 1
