"""backoffice staff: second factors, phone numbers, and roles that staff made."""

from tests.cli.conftest import Command
from tests.cli.test_staff import products_told
from tests.making import Make, Member


async def test_who_lost_phone_and_recovery_codes_enrols_anew(command: Command, make: Make) -> None:
    agent = await with_an_app(make)

    forgotten = await command("staff", "forget-second-factor", agent.username)

    assert (forgotten.code, forgotten.out) == (0, f"{agent.username} has no second factor any more.\n")
    assert await make.value("SELECT count(*) FROM kernel.totp") == 0
    assert await make.value("SELECT count(*) FROM kernel.session WHERE proved_at IS NOT NULL") == 0
    assert await products_told(make, "staff.totp_removed") == ["helpdesk"]


async def test_who_comes_to_money_leaves_the_app_behind_that_somebody_else_may_have_enrolled(
    command: Command, make: Make
) -> None:
    agent = await with_an_app(make)

    await command("staff", "grant", agent.username, "--role", "admin")
    as_before = await make.value("SELECT count(*) FROM kernel.totp")
    await command("staff", "grant", agent.username, "--product", "shield", "--role", "support")

    assert (as_before, await make.value("SELECT count(*) FROM kernel.totp")) == (1, 0)
    assert await products_told(make, "staff.totp_removed") == ["helpdesk", "shield"]


async def with_an_app(make: Make) -> Member:
    agent = await make.agent()
    async with make.write() as tx:
        tx.record("made", "for a test")
        await tx.run(
            """
            INSERT INTO kernel.totp (staff_id, key_id, sealed, confirmed_at) VALUES (%(id)s, 'k', 'secret', now())
            """,
            id=agent.id,
        )
    return agent


async def test_a_role_that_staff_made_is_granted_if_it_is_there(command: Command, make: Make) -> None:
    agent = await make.agent()
    async with make.write() as tx:
        tx.record("made", "for a test")
        await tx.run(
            "INSERT INTO kernel.role (product, name, title, permissions) VALUES ('marketplace', 'night', 'Night', '{}')"
        )

    unknown = await command("staff", "grant", agent.username, "--product", "marketplace", "--role", "day")
    granted = await command("staff", "grant", agent.username, "--product", "marketplace", "--role", "night")

    assert (unknown.code, unknown.err) == (1, "backoffice: There is no role 'day'\n")
    assert granted.out.startswith(f"{agent.username} is night in the marketplace.\n")


async def test_a_phone_number_is_set_in_its_one_form_and_belongs_to_one_person(command: Command, make: Make) -> None:
    agent, other = await make.agent(), await make.agent()

    wrong = await command("staff", "phone", agent.username, "12")
    done = await command("staff", "phone", agent.username, "+91 98765-43210")
    taken = await command("staff", "phone", other.username, "+919876543210")

    assert (wrong.code, wrong.err[:18]) == (1, "backoffice: phone:")
    assert (done.code, done.out) == (0, f"{agent.username} has another phone number in every product.\n")
    assert (taken.code, taken.err) == (1, "backoffice: Somebody has this phone number already\n")
    assert await make.value("SELECT phone FROM kernel.staff WHERE id = %(id)s", id=agent.id) == "+919876543210"
