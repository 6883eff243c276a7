"""What needs nothing but the database is answered in the write that hears it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from backoffice.helpdesk.conversation import jobs
from backoffice.helpdesk.conversation.rules import APOLOGY, QUESTION
from backoffice.helpdesk.rehearsal.simulator import payload, text
from backoffice.helpdesk.responder.offline import CONNECTING, SMALL_TALK
from backoffice.helpdesk.responder.rules import Intent, without_marker
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.jobs.trying import Patience
from backoffice.settings import Settings
from tests.conftest import superuser
from tests.talking import ASHA, Talk

WRITES = "SELECT count(DISTINCT xmin::text), count(*) FROM helpdesk.message"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"llm_base_url": ""})


@contextmanager
def moved_away(server: EmbeddedServer) -> Iterator[None]:
    """The knowledge base is not to be found."""
    with superuser(server) as db:
        db.execute("ALTER TABLE helpdesk.knowledge_index RENAME TO elsewhere")
        try:
            yield
        finally:
            db.execute("ALTER TABLE helpdesk.elsewhere RENAME TO knowledge_index")


async def test_the_message_and_its_answer_are_one_write(talk: Talk) -> None:
    await talk.writes("Hello")
    await talk.writes("I want to talk to an agent", phone="+919876500002")

    assert await talk.read() == [SMALL_TALK[Intent.GREETING]]
    assert await talk.read("+919876500002") == [f"{without_marker(CONNECTING)}\n\n{QUESTION}"]
    assert await talk.rows(WRITES) == [(2, 4)]


async def test_what_the_customer_said_before_is_known(talk: Talk) -> None:
    await talk.writes("I want to talk to an agent")
    await talk.writes("yes")

    assert await talk.rows("SELECT count(*) FROM helpdesk.ticket") == [(1,)]


async def test_a_job_that_runs_again_answers_no_second_time(talk: Talk) -> None:
    message_id = await talk.writes("Hello")

    await jobs.answer_message(talk.run(), wa_message_id=message_id)
    await talk.work()

    assert await talk.read() == [SMALL_TALK[Intent.GREETING]]


async def test_a_knowledge_base_that_fails_leaves_a_kept_message_and_an_apology(
    talk: Talk, clean: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Patience, "wait_after", lambda self, tries: 600 if tries + 1 < self.attempts else None)
    with moved_away(clean):
        await talk.post(payload(ASHA, text("How long does a refund take?"), message_id="wamid.1"))
        await talk.work()
        unanswered = await talk.rows(WRITES)

        await talk.change("UPDATE procrastinate.procrastinate_jobs SET scheduled_at = NULL")
        await talk.work()

    assert unanswered == [(0, 0)]
    assert await talk.read() == [f"{APOLOGY}\n\n{QUESTION}"]
    assert await talk.rows(WRITES) == [(2, 2)]
