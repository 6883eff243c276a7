"""After a restore to before a message left: WhatsApp is not given it a second time."""

from collections.abc import Iterator

import pytest

from backoffice.helpdesk.outbox import rules
from backoffice.kernel import recovery
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.journal.book import Kind, line
from backoffice.kernel.recovery.jobs import keep_journal
from tests.helpdesk.outbox.test_sending import queue_text
from tests.making import Make
from tests.restoring import Past
from tests.talking import ASHA, Talk


@pytest.fixture
def past(clean: EmbeddedServer) -> Iterator[Past]:
    with Past(clean) as remembered:
        yield remembered


async def test_messages_that_were_acknowledged_and_are_gone_are_named(make: Make, talk: Talk, past: Past) -> None:
    past.remember()
    name = await talk.writes("I was charged twice")
    await keep_journal(talk.run())
    past.restore()

    assert (await recovery.settle(make.house)).received == [name]


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
