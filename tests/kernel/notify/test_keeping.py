"""What is kept of a message: sealed under its person's key or the ring, emptied in time, shown without names."""

import logging

import pytest

from backoffice.application import SEALED
from backoffice.kernel.notify import jobs
from backoffice.kernel.notify.templates import Template, WrongTemplate
from backoffice.kernel.secrets.rotation import rotate
from tests.cli.conftest import Command, command, database_settings
from tests.kernel.notify.conftest import MailServer, Post
from tests.shield.test_sealed import turned

__all__ = ["command", "database_settings"]
ASHA = "shield:user_1"
CANARY = "Canarybird"
ROWS = """
    SELECT string_agg(t::text, ' ') FROM (
        SELECT n::text AS t FROM kernel.notification n UNION ALL
        SELECT j::text FROM procrastinate.procrastinate_jobs j UNION ALL
        SELECT e::text FROM procrastinate.procrastinate_events e UNION ALL
        SELECT a::text FROM kernel.audit_entry a) everything
"""


@pytest.mark.parametrize("person", [ASHA, None])
async def test_neither_address_nor_name_nor_text_stands_in_a_row_a_job_or_a_log(
    by_mail: Post,
    mail_server: MailServer,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    person: str | None,
) -> None:
    caplog.set_level(logging.DEBUG)
    mail_server.answers["RCPT"] = f"450 no {CANARY} asha@example.com"
    notice_id = await by_mail.greet(CANARY, person=person)
    await by_mail.send(notice_id)
    mail_server.answers.clear()
    await by_mail.send(notice_id)

    kept = await by_mail.value(ROWS)
    said = capsys.readouterr().out + "".join(one.getMessage() for one in caplog.records if one.name != "mail.log")
    assert notice_id in kept and notice_id in said
    for secret in (CANARY, "asha@example.com", CANARY.encode().hex()):
        assert secret not in kept
        assert secret not in said
    assert CANARY in mail_server.messages[0]["Subject"]


async def test_a_message_to_somebody_whose_key_was_destroyed_is_not_sent(
    by_mail: Post, mail_server: MailServer
) -> None:
    first, second = await by_mail.greet(person=ASHA), await by_mail.greet(key="greeting:2", person=ASHA)
    await by_mail.set("DELETE FROM kernel.data_key WHERE data_subject = %(person)s", person=ASHA)
    assert await by_mail.send(first) == "failed"

    third = await by_mail.greet(key="greeting:3", person=ASHA)
    assert [await by_mail.send(one) for one in (second, third)] == ["failed", "sent"]
    assert len(mail_server.envelopes) == 1


async def test_after_a_rotation_a_waiting_message_is_sent_with_the_new_key_alone(post: Post) -> None:
    notices = [await post.greet(), await post.greet(key="greeting:2", person=ASHA)]
    both, alone = turned(post.house)

    await rotate(both.database, both.keys, columns=SEALED, progress=lambda _: None)

    assert [await Post(alone).send(one) for one in notices] == ["sent", "sent"]
    assert await rotate(both.database, both.keys, columns=SEALED, progress=lambda _: None) == 0


async def test_a_sealed_text_taken_to_another_message_opens_nothing(post: Post) -> None:
    notices = [await post.greet(), await post.greet(key="greeting:2")]
    await post.set("UPDATE kernel.notification SET sealed = (SELECT min(sealed) FROM kernel.notification)")

    assert sorted([await post.send(one) for one in notices]) == ["failed", "sent"]


async def test_texts_are_emptied_after_thirty_days_and_their_keys_still_send_nothing(post: Post) -> None:
    old, new, waiting = [await post.greet(key=key) for key in ("old", "new", "waiting")]
    for one in (old, new):
        await post.send(one)
    await post.set(
        "UPDATE kernel.notification SET ended_at = now() - interval '31 days', created_at = now() - interval '31 days'"
        " WHERE id = %(id)s",
        id=old,
    )

    await jobs.empty_old_notifications(post.run)

    kept = "SELECT array_agg(id ORDER BY id) FROM kernel.notification WHERE sealed IS NOT NULL AND key_id IS NOT NULL"
    assert await post.value(kept) == [new, waiting]
    assert (await post.greet(key="old"), await post.status(old)) == (old, "sent")


async def test_the_log_shows_what_did_not_leave_and_a_person_sends_it_again(
    by_mail: Post, mail_server: MailServer, command: Command
) -> None:
    sent, refused = await by_mail.greet(), await by_mail.greet(key="greeting:2", person=ASHA)
    await by_mail.send(sent)
    mail_server.answers["RCPT"] = "550 nobody"
    await by_mail.send(refused)
    mail_server.answers.clear()

    everything, failed = await command("notifications", "log"), await command("notifications", "log", "--failed")
    again = await command("notifications", "resend", refused)

    assert (sent in everything.out, sent in failed.out, refused in failed.out) == (True, False, True)
    assert "1 failed, 1 sent" in failed.out
    assert "asha@example.com" not in everything.out
    assert (again.code, await by_mail.send(refused)) == (0, "sent")
    audited = "SELECT product || ' ' || action || ' ' || data_subject FROM kernel.audit_entry"
    assert await by_mail.value(audited) == f"shield notification.resent {ASHA}"
    assert len(mail_server.envelopes) == 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("status = 'sending'", "this one is sending"),
        ("key = 'the same'", "this one is queued"),
    ],
)
async def test_what_is_on_its_way_is_not_sent_beside_itself(
    post: Post, command: Command, change: str, why: str
) -> None:
    notice_id = await post.greet()
    await post.set(f"UPDATE kernel.notification SET {change}")

    again = await command("notifications", "resend", notice_id)

    assert (again.code, why in again.err) == (1, True)


async def test_an_emptied_or_unknown_message_is_not_sent_again(post: Post, command: Command) -> None:
    notice_id = await post.greet()
    await post.set("UPDATE kernel.notification SET status = 'sending'")
    await post.set("UPDATE kernel.notification SET status = 'failed', sealed = NULL, key_id = NULL")

    emptied = await command("notifications", "resend", notice_id)
    nothing = await command("notifications", "resend", "notice_nobody")

    assert (emptied.code, "emptied after 30 days" in emptied.err) == (1, True)
    assert (nothing.code, "There is no notification notice_nobody" in nothing.err) == (1, True)


@pytest.mark.parametrize(
    ("text", "facts"),
    [("Hello $name", set()), ("Hello", {"name"}), ("Hello $nme", {"name"}), ("It costs $ 5", set())],
)
def test_a_template_whose_facts_do_not_fit_its_text_can_not_be_made(text: str, facts: set[str]) -> None:
    with pytest.raises(WrongTemplate):
        Template(name="shield.x", subject="Hello", text=text, facts=frozenset(facts))


@pytest.mark.parametrize("facts", [{}, {"name": "A", "more": "B"}])
def test_a_template_takes_exactly_its_facts(facts: dict[str, str]) -> None:
    template = Template(name="shield.x", subject="Hello $name", text="", facts=frozenset({"name"}))

    with pytest.raises(WrongTemplate):
        template.render(facts)
