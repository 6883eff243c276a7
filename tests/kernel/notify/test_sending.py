"""Messages leave once: by a real mail server on loopback, or as files that any mail program opens."""

import asyncio
import stat

import pytest

from backoffice.kernel.notify import actions, channels, jobs, rules
from backoffice.kernel.notify.actions import Letter
from backoffice.kernel.write import CommitRefused, TransactionOpen
from tests.kernel.notify.conftest import SYSTEM, MailServer, Post, greeting

QUEUED_JOBS = "SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE task_name = 'kernel.send_notification'"
WAITS = """
    SELECT extract(epoch FROM max(scheduled_at) - now())::bigint FROM procrastinate.procrastinate_jobs
     WHERE task_name = 'kernel.send_notification'
"""
OLDER = "UPDATE kernel.notification SET queued_at = queued_at - interval '25 hours'"


async def test_without_a_mail_server_a_message_is_a_file_that_a_mail_program_opens(post: Post) -> None:
    notice_id = await post.greet("Äsha")

    assert await post.send(notice_id) == "sent"
    [message] = post.mailbox
    assert (str(message["To"]), message["Subject"]) == ("Äsha <asha@example.com>", "Hello Äsha")
    assert message.get_content().splitlines() == ["Dear Äsha,", "", "welcome."]
    assert message["Message-ID"] == f"<{notice_id}@localhost>"
    [file] = (post.house.settings.data_folder / "mailbox").iterdir()
    assert (file.suffix, stat.S_IMODE(file.stat().st_mode)) == (".eml", 0o600)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


async def test_a_mail_server_gets_the_message_for_its_recipient_alone(by_mail: Post, mail_server: MailServer) -> None:
    server = by_mail.by(f"mailto://127.0.0.1:{mail_server.port}/stranger@example.com?cc=other@example.com")
    notice_id = await server.greet()

    assert await server.send(notice_id) == "sent"
    [envelope], [message] = mail_server.envelopes, mail_server.messages
    assert (envelope.mail_from, envelope.rcpt_tos) == ("hello@shield.example", ["asha@example.com"])
    assert str(message["From"]) == '"Shield, Inc." <hello@shield.example>'
    assert message["Message-ID"] == f"<{notice_id}@shield.example>"
    assert (message["Cc"], message["Auto-Submitted"]) == (None, "auto-generated")


async def test_the_sender_may_stand_in_the_address_of_the_server(post: Post, mail_server: MailServer) -> None:
    server = post.by(f"mailto://127.0.0.1:{mail_server.port}?from=desk@shield.example")

    assert await server.send(await server.greet()) == "sent"
    assert mail_server.envelopes[0].mail_from == "desk@shield.example"


async def test_one_message_per_key_whatever_is_said_at_once(post: Post) -> None:
    await asyncio.gather(*(post.write(greeting(f"Asha {number}")) for number in range(20)))

    assert await post.value("SELECT count(*) FROM kernel.notification") == 1
    assert await post.value(QUEUED_JOBS) == 1


async def test_a_message_that_was_sent_is_not_sent_again(by_mail: Post, mail_server: MailServer) -> None:
    notice_id = await by_mail.greet()
    for _ in range(3):
        assert await by_mail.send(notice_id) == "sent"
        await by_mail.greet()

    assert len(mail_server.envelopes) == 1


async def test_a_message_is_written_with_its_write_or_not_at_all(post: Post) -> None:
    with pytest.raises(CommitRefused):
        async with post.house.database.write(SYSTEM) as tx:
            await actions.notify(tx, greeting())
            raise CommitRefused

    assert await post.value("SELECT count(*) FROM kernel.notification") == 0
    assert await post.value(QUEUED_JOBS) == 0


async def test_a_refused_recipient_ends_it_at_once_and_the_reason_names_nobody(
    by_mail: Post, mail_server: MailServer
) -> None:
    mail_server.answers["RCPT"] = "550 <asha@example.com> is nobody here"
    notice_id = await by_mail.greet()

    assert await by_mail.send(notice_id) == "failed"
    why = await by_mail.value("SELECT error FROM kernel.notification")
    assert why == "The mail server refused the recipient (550)"


@pytest.mark.parametrize(("step", "answer"), [("RCPT", "450 busy"), ("DATA", "451 try later")])
async def test_who_does_not_take_it_for_now_is_asked_again_for_a_day(
    by_mail: Post, mail_server: MailServer, step: str, answer: str
) -> None:
    mail_server.answers[step] = answer
    notice_id = await by_mail.greet()
    assert await by_mail.send(notice_id) == "queued"
    assert await by_mail.value(QUEUED_JOBS) == 2
    assert 3 <= await by_mail.value(WAITS) <= 5

    await by_mail.set(OLDER)
    assert await by_mail.send(notice_id) == "failed"
    assert await by_mail.value(QUEUED_JOBS) == 2


async def test_a_text_that_is_refused_stays_refused(by_mail: Post, mail_server: MailServer) -> None:
    mail_server.answers["DATA"] = "554 spam"

    assert await by_mail.send(await by_mail.greet()) == "failed"


async def test_a_server_that_is_not_there_is_tried_again_and_then_takes_it(post: Post, mail_server: MailServer) -> None:
    nowhere = post.by("mailto://127.0.0.1:9?from=hello@shield.example")
    there = post.by(f"mailto://127.0.0.1:{mail_server.port}?from=hello@shield.example")
    notice_id = await nowhere.greet()

    assert await nowhere.send(notice_id) == "queued"
    assert await there.send(notice_id) == "sent"
    assert len(mail_server.envelopes) == 1


@pytest.mark.parametrize("url", ["slack://a/b/c", "rubbish", "mailto://127.0.0.1:9"])
async def test_a_wrong_address_of_the_server_loses_no_message_and_is_not_logged(
    post: Post, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    server = post.by(url)
    notice_id = await server.greet()

    assert await server.send(notice_id) == "queued"
    assert "NOTIFY_URL" in await server.value("SELECT error FROM kernel.notification")
    assert not [one for one in caplog.records if url in one.getMessage()]


async def test_a_folder_that_cannot_be_written_to_is_tried_again(post: Post) -> None:
    (post.house.settings.data_folder / "mailbox").write_text("no folder")

    assert await post.send(await post.greet()) == "queued"


async def test_a_sender_that_died_leaves_the_message_unknown_and_nobody_sends_it_again_unasked(
    by_mail: Post, mail_server: MailServer
) -> None:
    mail_server.goes_on.clear()
    notice_id = await by_mail.greet()
    killed = asyncio.create_task(jobs.send_notification(by_mail.run, notice_id=notice_id))
    await mail_server.hears.wait()
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    mail_server.goes_on.set()
    assert await by_mail.status(notice_id) == "sending"

    assert [await by_mail.send(notice_id) for _ in range(2)] == ["unknown", "unknown"]
    assert len(mail_server.envelopes) == 1
    assert await by_mail.value("SELECT error FROM kernel.notification") == rules.INTERRUPTED


async def test_a_sender_that_was_given_up_too_early_still_says_what_became_of_it(by_mail: Post) -> None:
    notice_id = await by_mail.greet()
    async with by_mail.run.write() as tx:
        claimed = await actions.claim(tx, notice_id)
    assert claimed is not None
    assert await by_mail.send(notice_id) == "unknown"

    async with by_mail.run.write() as tx:
        await actions.settle(tx, claimed.row, rules.Outcome(rules.Status.SENT))
    assert await by_mail.status(notice_id) == "sent"


async def test_a_connection_that_breaks_off_leaves_it_unknown(post: Post) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in (b"220 mail.test", b"250 mail.test", b"250 OK", b"250 OK", b"354 go on"):
            writer.write(answer + b"\r\n")
            await reader.readline()
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        server = post.by(f"mailto://127.0.0.1:{port}?from=hello@shield.example")
        assert await server.send(await server.greet()) == "unknown"


async def test_a_server_that_takes_too_long_leaves_it_unknown(
    by_mail: Post, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "LONGEST_SECONDS", 0.2)
    mail_server.goes_on.clear()

    assert await by_mail.send(await by_mail.greet()) == "unknown"
    mail_server.goes_on.set()


async def test_no_header_comes_from_a_name_or_a_subject(by_mail: Post, mail_server: MailServer) -> None:
    notice_id = await by_mail.greet("Asha\r\nBcc: thief@example.com\r\n\r\nGo to evil.example\u2028X: y")

    assert await by_mail.send(notice_id) == "sent"
    [envelope], [message] = mail_server.envelopes, mail_server.messages
    assert envelope.rcpt_tos == ["asha@example.com"]
    assert {"Bcc", "X"} & set(message.keys()) == set()
    assert message["Subject"] == "Hello Asha Bcc: thief@example.com Go to evil.example X: y"
    assert [one.addr_spec for one in message["To"].addresses] == ["asha@example.com"]


@pytest.mark.parametrize("email", ["", "nobody", "a@b\r\nBcc: c@example.com", "a@example.com, b@example.com", "a b@c"])
async def test_what_is_no_address_is_written_to_by_nobody(post: Post, email: str) -> None:
    letter = Letter("notice_1", await post.value("SELECT now()"), address=email, name="A", subject="S", text="T")

    with pytest.raises(channels.Refused):
        await channels.hand_over(post.house.settings, letter)


async def test_nothing_is_sent_inside_a_transaction(post: Post) -> None:
    letter = Letter(
        "notice_1", await post.value("SELECT now()"), address="a@b.example", name="A", subject="S", text="T"
    )

    with pytest.raises(TransactionOpen):
        async with post.house.database.write(SYSTEM):
            await channels.hand_over(post.house.settings, letter)
