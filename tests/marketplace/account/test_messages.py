"""Staff write to customers by every channel: once, sealed, and not too often."""

import json
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest

from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.notify.jobs import send_notification
from tests.marketplace.account.conftest import Act
from tests.marketplace.conftest import Platform, StaffOf
from tests.marketplace.making import Given, Path

MESSAGE = {
    "subject": "Important Update",
    "message": "Your dispute has been $resolved...",
    "priority": "high",
    "action_url": "https://app.appydex.com/bookings/123?a=1&b=<2>",
}


async def send_all(given: Given, run: JobRun) -> None:
    for notice_id in await given.value("SELECT array_agg(id) FROM kernel.notification WHERE status = 'queued'") or []:
        await send_notification(run, notice_id=notice_id)


def kept(house: House, folder: str) -> list[bytes]:
    return [file.read_bytes() for file in sorted((house.settings.data_folder / folder).iterdir())]


@pytest.mark.parametrize("channel", ["sms", "push"])
async def test_without_a_vendor_a_message_is_a_file_in_the_channels_own_folder(
    path: Path, act: Act, given: Given, run: JobRun, channel: str
) -> None:
    customer = await path.customer(external_id="u7", phone="+919876543210")

    answer = await act(customer, "notify", channel=channel, **MESSAGE)
    await send_all(given, run)

    assert answer.json()["data"] == {"user_id": customer["id"], "channel": channel, "queued": True}
    [content] = kept(run.house, f"outbox-{channel}")
    said = json.loads(content)
    assert said["to"] == {"sms": "+919876543210", "push": "u7"}[channel]
    assert (said["text"], said["action_url"]) == (MESSAGE["message"], MESSAGE["action_url"])
    assert said["priority"] == "high"


async def test_an_email_carries_the_link_as_it_is_and_its_importance(
    path: Path, act: Act, given: Given, run: JobRun
) -> None:
    customer = await path.customer()

    await act(customer, "notify", channel="email", **MESSAGE)
    await send_all(given, run)

    [content] = kept(run.house, "mailbox")
    message: Any = BytesParser(policy=default).parsebytes(content)
    assert (message["Subject"], message["Importance"]) == ("Important Update", "high")
    assert message.get_content().split() == f"{MESSAGE['message']} {MESSAGE['action_url']}".split()


async def test_the_platform_reads_what_waits_in_the_app_of_this_customer_alone(
    path: Path, act: Act, given: Given, platform: Platform
) -> None:
    customer, other = await path.customer(), await path.customer()
    await act(customer, "notify", channel="in_app", **MESSAGE)
    await act(other, "notify", channel="in_app", **{**MESSAGE, "message": "For somebody else"})
    await act(customer, "notify", channel="email", **{**MESSAGE, "message": "By e-mail"})

    reader = await platform("customers:read")
    answer = await reader.get(f"/api/v1/platform/customers/{customer['id']}/messages")

    [shown] = answer.json()["data"]["items"]
    assert {name: shown[name] for name in MESSAGE} == MESSAGE
    assert await given.value("SELECT status FROM kernel.notification WHERE channel = 'in_app' LIMIT 1") == "sent"


async def test_a_message_sent_again_under_its_key_is_one_message(path: Path, staff_of: StaffOf, given: Given) -> None:
    customer, staff = await path.customer(), await staff_of()
    body = {"channel": "sms", "message": "Hello"}

    answers = [
        await staff.post(f"/api/v1/admin/users/{customer['id']}/notify", json=body, headers={"Idempotency-Key": "once"})
        for _ in range(3)
    ]

    assert {one.status_code for one in answers} == {200}
    assert await given.value("SELECT count(*) FROM kernel.notification") == 1


async def test_more_than_ten_messages_an_hour_are_refused_and_the_answer_says_how_long(path: Path, act: Act) -> None:
    customer, other = await path.customer(), await path.customer()
    answers = [await act(customer, "notify", channel="in_app", message=f"Message {n}") for n in range(11)]

    assert [one.status_code for one in answers] == [200] * 10 + [429]
    assert 3_500 < answers[-1].json()["error"]["retry_after_seconds"] <= 3_600
    assert (await act(other, "notify", channel="in_app", message="Hello")).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"action_url": "http://app.appydex.com/"},
        {"action_url": "javascript:alert(1)"},
        {"action_url": "https://"},
        {"channel": "pigeon"},
        {"channel": "email", "subject": None},
        {"message": ""},
        {"priority": "whenever"},
    ],
)
async def test_what_is_no_message_is_refused(path: Path, act: Act, wrong: dict[str, Any]) -> None:
    customer = await path.customer()

    assert (await act(customer, "notify", **{"channel": "sms", **MESSAGE, **wrong})).status_code == 400


async def test_somebody_without_an_address_for_a_channel_is_not_written_to_by_it(path: Path, act: Act) -> None:
    customer = await path.customer(email=None)

    answer = await act(customer, "notify", channel="email", **MESSAGE)

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "NO_ADDRESS")


async def test_a_suspended_customer_is_told_with_the_reason_and_without_the_notes(
    path: Path, act: Act, given: Given, run: JobRun
) -> None:
    customer, by_sms = await path.customer(), await path.customer(email=None)
    await act(customer, "suspend", reason="Too many failed payments", duration_days=3, internal_notes="Canarybird")
    await act(by_sms, "suspend", reason="Too many failed payments", internal_notes="Canarybird")
    await act(customer, "reactivate", notify_user=False)
    await send_all(given, run)

    [email], [sms] = kept(run.house, "mailbox"), kept(run.house, "outbox-sms")
    assert b"Too many failed payments" in email and b"Too many failed payments" in sms
    assert b"until further notice" in sms
    assert b"Canarybird" not in email + sms


async def test_nothing_of_a_message_stands_in_the_clear(path: Path, act: Act, given: Given) -> None:
    customer = await path.customer()
    await act(customer, "notify", channel="in_app", **{**MESSAGE, "message": "Canarybird"})

    rows = await given.value(
        """
        SELECT string_agg(t, ' ') FROM (
            SELECT n::text AS t FROM kernel.notification n UNION ALL SELECT e::text FROM kernel.audit_entry e
             UNION ALL SELECT k::text FROM kernel.idempotency_key k) everything
        """
    )
    assert "Canarybird" not in rows and MESSAGE["action_url"] not in rows
