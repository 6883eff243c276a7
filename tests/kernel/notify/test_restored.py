"""After a restore to before a message left: it waits for a person instead of leaving a second time."""

from backoffice.kernel import recovery
from backoffice.kernel.journal.book import Kind, line
from backoffice.kernel.notify import rules
from tests.kernel.notify.conftest import Post


async def test_mail_that_was_being_sent_waits_for_a_person(post: Post) -> None:
    sent = await post.greet("Asha")
    sending = line(Kind.SENT, job=0, name=rules.SEND, arguments={"notice_id": sent})
    await post.house.journal.write(sending)

    await recovery.settle(post.house)

    assert await post.value("SELECT status FROM kernel.notification") == "unknown"
    assert await post.value("SELECT error FROM kernel.notification") == rules.SENT_BEFORE
    assert not (post.house.settings.data_folder / "mailbox").exists()
