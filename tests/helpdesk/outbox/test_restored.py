"""After a restore to before a message left: WhatsApp is not given it a second time."""

from backoffice.helpdesk.outbox import rules
from backoffice.kernel import recovery
from backoffice.kernel.journal.book import Kind, line
from tests.helpdesk.outbox.test_sending import queue_text
from tests.making import Make
from tests.talking import ASHA, Talk


async def test_a_message_that_was_being_sent_is_unknown_and_never_resent_while_a_new_one_waits(
    make: Make, talk: Talk
) -> None:
    customer = await make.customer(ASHA)
    before, other = await queue_text(make, customer, "Hello"), await queue_text(make, customer, "And more")
    await make.house.journal.write(line(Kind.SENT, job=0, name=rules.SEND, arguments={"outbound_id": before}))

    await recovery.settle(make.house)
    await talk.work()

    stand = await talk.rows("SELECT id, status, resent_count FROM helpdesk.outbound ORDER BY id")
    assert stand == [(before, "unknown", rules.MOST_RESENDS), (other, "queued", 0)]
    assert await talk.sent() == []
