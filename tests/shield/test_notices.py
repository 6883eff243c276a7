"""Who is written to, when, at which address, and in which words."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import httpx
import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.notify.jobs import send_notification
from backoffice.shield.leaving import jobs
from backoffice.shield.member import jobs as member_jobs
from backoffice.shield.transfer import actions as sending
from backoffice.shield.transfer.actions import BY_SANDBOX
from tests.kernel.notify.conftest import parsed
from tests.shield.bank_account.test_api import DETAILS
from tests.shield.conftest import AdminOf, Platform
from tests.shield.leaving.test_leaving import make_due
from tests.shield.making import Given

USERS = "/v1/admin/users"
QUEUED = "SELECT array_agg(id ORDER BY id) FROM kernel.notification WHERE status = 'queued'"
LEFT = "UPDATE shield.member_email SET until = until - %(ago)s WHERE email = %(email)s"
REASONS = ["user_requested", "non_payment", "fraud", "policy_violation", "other"]
ACCUSING = ("fraud", "violat", "policy", "suspect", "secret note")


async def mails(given: Given) -> list[EmailMessage]:
    """What lies in the mailbox folder once every job has run, by recipient."""
    run = JobRun(given.house, system("kernel", "tests"), Context(), 0)
    for notice_id in await given.value(QUEUED) or []:
        await send_notification(run, notice_id=notice_id)
    folder = given.house.settings.data_folder / "mailbox"
    found = [parsed(file.read_bytes()) for file in folder.iterdir()] if folder.exists() else []
    return sorted(found, key=recipient)


def recipient(message: EmailMessage) -> str:
    return str(message["To"].addresses[0].addr_spec)


def leaving(reason: str, **more: Any) -> dict[str, Any]:
    return {"reason": reason, "reason_details": "secret note", "notify_user": True, **more}


@pytest.mark.parametrize("reason", REASONS)
async def test_who_is_deactivated_hears_of_it_without_a_word_of_fault(
    given: Given, admin_of: AdminOf, reason: str
) -> None:
    member = await given.member(first_name="Jo")
    client = await admin_of("support")

    answer = await client.post(f"{USERS}/{member.id}/deactivate", json=leaving(reason))

    [mail] = await mails(given)
    text = mail.get_content()
    assert answer.json()["data"]["deactivation"]["notification_sent"] is True
    assert (recipient(mail), mail["Subject"]) == (member.email, "Your Shield membership has ended")
    assert text.startswith("Hello Jo,")
    assert [word for word in ACCUSING if word in text.lower()] == []
    assert ("as you asked" in text, "unpaid" in text) == (reason == "user_requested", reason == "non_payment")
    page = (await client.get(f"{USERS}/{member.id}")).json()["data"]
    assert page["deactivation"]["notification_sent"] is True


@pytest.mark.parametrize("body", [leaving("deceased"), leaving("other", notify_user=False), {"reason": "other"}])
async def test_nobody_writes_to_the_dead_nor_where_it_is_not_wanted(
    given: Given, admin_of: AdminOf, body: dict[str, Any]
) -> None:
    member = await given.member()

    answer = await (await admin_of("support")).post(f"{USERS}/{member.id}/deactivate", json=body)

    assert answer.json()["data"]["deactivation"]["notification_sent"] is False
    assert await mails(given) == []


async def test_a_scheduled_deactivation_is_told_on_its_day_and_once(given: Given, admin_of: AdminOf) -> None:
    member = await given.member()
    client = await admin_of("support")
    later = (datetime.now(UTC) + timedelta(days=10)).isoformat()
    body = leaving("user_requested", effective_date=later)
    answer = await client.post(f"{USERS}/{member.id}/deactivate", json=body)
    before = await mails(given)

    await make_due(given, member)
    for _ in range(2):
        await jobs.put_deactivations_in_effect(JobRun(given.house, system("shield", "tests"), Context(), 0))

    assert (answer.json()["data"]["deactivation"]["notification_sent"], before) == (False, [])
    assert [recipient(mail) for mail in await mails(given)] == [member.email]
    page = (await client.get(f"{USERS}/{member.id}")).json()["data"]
    assert page["deactivation"]["notification_sent"] is True


async def test_a_withdrawn_deactivation_is_told_to_nobody(given: Given, admin_of: AdminOf) -> None:
    member = await given.member()
    client = await admin_of("support")
    later = (datetime.now(UTC) + timedelta(days=10)).isoformat()
    await client.post(f"{USERS}/{member.id}/deactivate", json=leaving("other", effective_date=later))
    await client.post(f"{USERS}/{member.id}/reactivate", json={"reason": "Stays"})
    await make_due(given, member)
    await jobs.put_deactivations_in_effect(JobRun(given.house, system("shield", "tests"), Context(), 0))

    assert await mails(given) == []


async def test_a_bank_account_that_staff_change_is_told_to_its_member_with_four_digits(
    given: Given, admin_of: AdminOf
) -> None:
    member = await given.member()
    await given.account(member)
    client = await admin_of("support")
    body = {"account_number": "444455556666", "bank_name": "Bank of Austin", "change_reason": "By phone"}
    for _ in range(2):
        await client.patch(f"{USERS}/{member.id}/banking", json=body)

    [mail] = await mails(given)
    text = mail.get_content()
    assert (recipient(mail), mail["Subject"]) == (member.email, "Your bank account at Shield was changed")
    assert "Bank of Austin, account number ending in 6666" in text
    assert ("44445555" in text, "021000021" in text, "By phone" in text) == (False, False, False)


async def test_a_bank_account_that_the_platform_changes_is_told_once_per_change(
    given: Given, platform: Platform
) -> None:
    member = await given.member()
    client = await platform("banking:submit")
    for number in ("444455556666", "444455556666", "444455557777"):
        body = {**DETAILS, "account_number": number}
        await client.put(f"/v1/platform/members/{member.id}/bank-account", json=body)

    endings = sorted(mail.get_content().partition("ending in ")[2][:4] for mail in await mails(given))
    assert endings == ["6666", "7777"]


async def moved(client: httpx.AsyncClient, path: str, *emails: str) -> None:
    for email in emails:
        reason = {} if "platform" in path else {"change_reason": "Asked"}
        assert (await client.patch(path, json={"email": email, **reason})).status_code == 200


async def told_of_account(given: Given) -> list[str]:
    """Who read that a bank account changed."""
    return [recipient(mail) for mail in await mails(given) if "bank account" in mail["Subject"]]


async def test_a_changed_bank_account_is_told_at_every_address_of_the_last_days(
    given: Given, platform: Platform, admin_of: AdminOf
) -> None:
    member = await given.member(email="victim@example.com")
    client = await platform("banking:submit", "members:write")
    await moved(client, f"/v1/platform/members/{member.id}", "first@example.com")
    await moved(await admin_of("support"), f"{USERS}/{member.id}", "second@example.com", "third@example.com")

    await client.put(f"/v1/platform/members/{member.id}/bank-account", json=DETAILS)

    every = ["first@example.com", "second@example.com", "third@example.com", "victim@example.com"]
    assert await told_of_account(given) == every


@pytest.mark.parametrize(("days", "addresses"), [(29, 2), (31, 1)])
async def test_an_address_that_was_left_long_ago_is_not_written_to_and_is_forgotten(
    given: Given, platform: Platform, days: int, addresses: int
) -> None:
    member = await given.member(email="former@example.com")
    client = await platform("banking:submit", "members:write")
    await moved(client, f"/v1/platform/members/{member.id}", "present@example.com")
    async with given.write() as tx:
        tx.record("time passed", member.id)
        await tx.run(LEFT, email="former@example.com", ago=timedelta(days=days))

    await client.put(f"/v1/platform/members/{member.id}/bank-account", json=DETAILS)
    await member_jobs.forget_former_emails(JobRun(given.house, system("shield", "tests"), Context(), 0))

    assert await told_of_account(given) == ["former@example.com", "present@example.com"][-addresses:]
    assert await given.value("SELECT count(*) FROM shield.member_email") == addresses - 1


async def test_one_address_is_told_once_however_often_it_comes_back(given: Given, platform: Platform) -> None:
    member = await given.member(email="a@example.com")
    client = await platform("banking:submit", "members:write")
    path = f"/v1/platform/members/{member.id}"
    await moved(client, path, "b@example.com", "a@example.com", "B@example.com", "b@example.com")

    await client.put(f"{path}/bank-account", json=DETAILS)

    assert await told_of_account(given) == ["a@example.com", "b@example.com"]


async def test_a_new_address_is_told_to_both_and_says_neither(given: Given, admin_of: AdminOf) -> None:
    member = await given.member(email="old@example.com", first_name="Jo")
    client = await admin_of("support")

    await moved(client, f"{USERS}/{member.id}", "new@example.com", "new@example.com", "New@example.com")

    found = await mails(given)
    assert [recipient(mail) for mail in found] == ["new@example.com", "old@example.com"]
    for mail in found:
        assert mail["Subject"] == "Your e-mail address at Shield was changed"
        assert mail.get_content().startswith("Hello Jo,")
        assert "@example.com" not in mail.get_content()


@pytest.mark.parametrize(
    ("code", "meaning"), [("R02", "Account closed"), ("C01", "Incorrect account number")], ids=["return", "correction"]
)
async def test_what_a_bank_sends_back_is_told_once_to_everybody_who_handles_payouts(
    given: Given, code: str, meaning: str
) -> None:
    people = {role: await given.admin(role) for role in ("finance", "super_admin", "support", "auditor")}
    left = await given.admin("finance")
    claim = await given.claim(status="approved")
    payout_id = await given.payout(claim, 123_456, account_id=await given.account(claim.member))
    async with given.write() as tx:
        tx.record("time passed", left.id)
        await tx.run("UPDATE kernel.membership SET is_active = false WHERE staff_id = %(id)s", id=left.id)
        attempt = await sending.begin(tx, given.house, payout_id, leaving=BY_SANDBOX)
        assert attempt is not None
        await tx.run("UPDATE shield.payout_attempt SET status = 'sent'")

    for _ in range(2):
        async with given.write() as tx:
            if code.startswith("R"):
                await sending.take_return(tx, given.house, attempt, code=code)
            else:
                await sending.take_correction(tx, given.house, attempt, code=code, corrected="999888777666")

    found = await mails(given)
    assert [recipient(mail) for mail in found] == [people["finance"].email, people["super_admin"].email]
    text = found[0].get_content()
    assert all(fact in text for fact in (payout_id, "1234.56 USD", f"{code}: {meaning}"))
    assert [word for word in (claim.member.email, "John", "5678", "999888") if word in text] == []
