"""A message that can't be answered: it is kept, said to staff, apologised for, and holds up nothing behind it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg.sql import SQL
from structlog.testing import capture_logs

from backoffice.helpdesk.conversation import rules
from backoffice.helpdesk.conversation.rules import APOLOGY, QUESTION
from backoffice.helpdesk.rehearsal.simulator import button_reply, image, payload, text
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.settings import Settings
from tests.conftest import superuser
from tests.making import Make
from tests.talking import ASHA, Model, Talk

USAGE = [
    {"prompt_tokens": 10**12, "completion_tokens": 10**30, "total_tokens": 0},
    {"prompt_tokens": -5, "completion_tokens": -(10**12)},
    {"prompt_tokens": None, "completion_tokens": "many"},
    {"prompt_tokens": 1.5, "completion_tokens": [7]},
    ["forty", 2],
]


@contextmanager
def refusing(server: EmbeddedServer, condition: str) -> Iterator[None]:
    """The database takes no message of which this is true."""
    with superuser(server) as connection:
        connection.execute(
            """
            CREATE FUNCTION tests.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'no place for this'; END $$
            """
        )
        connection.execute(
            SQL(
                "CREATE TRIGGER refuse BEFORE INSERT ON helpdesk.message FOR EACH ROW WHEN ({}) "
                "EXECUTE FUNCTION tests.refuse()"
            ).format(SQL(condition))  # type: ignore[arg-type]
        )
        yield
        connection.execute("DROP FUNCTION tests.refuse CASCADE")


async def patiently(talk: Talk) -> None:
    """Work until nothing is left to do, not waiting for the time of a further try."""
    while await talk.rows("SELECT FROM procrastinate.procrastinate_jobs WHERE status = 'todo'"):
        await talk.change("UPDATE procrastinate.procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
        await talk.work()


@pytest.mark.parametrize("usage", USAGE)
async def test_a_model_that_counts_nonsense_still_answers(talk: Talk, model: Model, usage: Any) -> None:
    model.usage = usage

    await talk.writes("How long does a refund take?")

    assert await talk.read() == ["I can help with that."]
    counted = "SELECT counter FROM helpdesk.usage_delta WHERE counter LIKE '%%tokens' AND amount <> 0"
    assert await talk.rows(counted) == []


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b"null", b'{"choices": 7}', b'{"choices": [{"message": {"content": 7}}]}']
)
async def test_a_model_that_answers_nonsense_ends_in_an_apology(talk: Talk, model: Model, answer: bytes) -> None:
    model.raw = answer

    await talk.writes("How long does a refund take?")

    assert await talk.read() == [f"{APOLOGY}\n\n{QUESTION}"]


@pytest.mark.parametrize("length", [600, 100_000])
async def test_ids_of_any_length_hold_nothing_up(talk: Talk, length: int) -> None:
    await talk.post(payload(ASHA, image("7" * length, caption="My receipt"), message_id="wamid.1"))
    await talk.post(payload(ASHA, button_reply("b" * length, "Refund", to_message="w" * length), message_id="wamid.2"))
    await talk.post(payload(ASHA, text("Hello?"), message_id="wamid.3"))
    await patiently(talk)

    assert await talk.read() == ["I can help with that."] * 3


class TestWithoutStorage:
    """Files can't be written: their folder is a file."""

    @pytest.fixture
    def settings(self, settings: Settings, tmp_path: Path) -> Settings:
        return settings.model_copy(update={"files_url": f"file://{tmp_path}/files"})

    async def test_a_file_that_cant_be_kept_is_said_to_staff_and_the_words_are_answered(
        self, make: Make, talk: Talk, tmp_path: Path
    ) -> None:
        (tmp_path / "files").rmdir()
        (tmp_path / "files").write_text("in the way")
        media = (await talk.graph.post("/media", content=b"jpeg", headers={"Content-Type": "image/jpeg"})).json()["id"]

        await talk.post(payload(ASHA, image(media, caption="My receipt")))
        await talk.post(payload(ASHA, text("And another question")))
        await patiently(talk)

        assert await talk.read() == ["I can help with that."] * 2
        [(why,)] = await talk.rows("SELECT details ->> 'file_error' FROM helpdesk.message WHERE kind = 'image'")
        assert why.startswith("The file could not be kept")


async def test_a_message_that_always_fails_is_kept_apologised_for_and_passed_by(
    talk: Talk, server: EmbeddedServer
) -> None:
    """The table refuses what an answer needs: stands for whatever nobody thought of."""
    with refusing(server, "NEW.author = 'assistant' AND NEW.content LIKE 'I can help%'"):
        await talk.post(payload(ASHA, text("Poison"), message_id="wamid.1"))
        await talk.post(payload(ASHA, text("STOP"), message_id="wamid.2"))
        assert await talk.rows("SELECT opted_out_at IS NOT NULL FROM helpdesk.whatsapp_user") == [(True,)]
        await talk.post(payload(ASHA, text("START"), message_id="wamid.3"))
        await patiently(talk)

    await talk.writes("Hello?")

    assert await talk.read() == [
        rules.GOODBYE,
        rules.WELCOME_BACK,
        f"{APOLOGY}\n\n{QUESTION}",
        "I can help with that.",
    ]
    [(problem,)] = await talk.rows("SELECT details ->> 'problem' FROM helpdesk.message WHERE content = 'Poison'")
    assert problem.startswith("The assistant could not answer this message")
    assert await talk.rows("SELECT count(*) FROM helpdesk.inbound WHERE handled_at IS NULL") == [(0,)]


async def test_a_message_that_cant_even_be_kept_stands_in_nobodys_way(talk: Talk, server: EmbeddedServer) -> None:
    with refusing(server, "NEW.content = 'Poison'"):
        await talk.post(payload(ASHA, text("Poison"), message_id="wamid.1"))
        await talk.post(payload(ASHA, text("Hello?"), message_id="wamid.2"))
        await patiently(talk)

    assert await talk.read() == ["I can help with that."]
    [(problem,)] = await talk.rows("SELECT problem FROM helpdesk.inbound WHERE wa_message_id = 'wamid.1'")
    assert problem


async def test_a_failed_try_is_logged_when_it_happens(talk: Talk, server: EmbeddedServer) -> None:
    with refusing(server, "NEW.content = 'Poison'"), capture_logs() as lines:
        await talk.writes("Poison")

    [line] = [line for line in lines if line["event"] == "a try to answer a message failed"]
    assert (line["attempt"], line["cause"]) == (1, "RaiseException: no place for this")
    waiting = "SELECT attempts FROM procrastinate.procrastinate_jobs WHERE task_name = 'helpdesk.answer_message'"
    assert await talk.rows(waiting) == [(1,)]
