"""Files that customers send: kept, linked, and never in the way of their message."""

from typing import Any

from backoffice.helpdesk.conversation import rules
from backoffice.helpdesk.conversation.rules import QUESTION
from backoffice.helpdesk.product import FILES
from backoffice.helpdesk.rehearsal.simulator import audio, image
from backoffice.kernel.files.links import FilesDoor
from tests.making import Make
from tests.talking import ASHA, Model, Talk


async def test_a_voice_note_is_kept_as_a_file_behind_a_signed_link(
    make: Make, talk: Talk, signed_in: Any, visitor: Any
) -> None:
    agent = await make.agent()
    ticket = await make.ticket(customer=await make.customer(ASHA), assigned_to=agent)
    headers = {"Content-Type": "audio/ogg; codecs=opus"}
    media = (await talk.graph.post("/media", content=b"OggS-voice", headers=headers)).json()["id"]

    await talk.writes(audio(media))

    shown = (await (await signed_in(agent)).get(f"/api/v1/tickets/{ticket.id}")).json()["data"]["ticket"]
    [voice] = shown["conversation_history"]
    link = voice["audio"]["file_url"]
    file = await visitor.get(link)
    assert (voice["message_type"], voice["content"], voice["file_url"][:30]) == ("audio", "[audio]", link[:30])
    assert (file.status_code, file.content, file.headers["content-type"]) == (200, b"OggS-voice", "audio/ogg")
    assert file.headers["content-disposition"].startswith("inline")


async def test_a_file_needs_its_own_link(talk: Talk, visitor: Any) -> None:
    kept = await talk.house.files.keep(b"<script>", "text/html")
    link = talk.house.links.sign(FILES, kept)

    file = await visitor.get(link)
    forged = await visitor.get(link.replace(kept, "another.text~html"))
    bare = await visitor.get(f"/api/v1/files/{kept}")
    elsewhere = await visitor.get(talk.house.links.sign(FilesDoor("shield", FILES.path), kept))
    gone = await visitor.get(talk.house.links.sign(FILES, "0.text~html"))

    assert (file.content, file.headers["content-disposition"].split(";")[0]) == (b"<script>", "attachment")
    assert forged.status_code == bare.status_code == elsewhere.status_code == 403
    assert bare.json() == {"detail": "This link has expired or is not genuine."}
    assert (gone.status_code, gone.json()) == (404, {"detail": "File not found"})


async def test_a_picture_without_words_is_kept_and_a_ticket_offered(talk: Talk, model: Model) -> None:
    media = (await talk.graph.post("/media", content=b"jpeg", headers={"Content-Type": "image/jpeg"})).json()["id"]

    await talk.writes(image(media))

    assert await talk.read() == [f"{rules.UNREADABLE}\n\n{QUESTION}"]
    assert model.asked == []


async def test_a_file_that_whatsapp_no_longer_has_does_not_hold_the_message_up(talk: Talk) -> None:
    await talk.writes(image("no-such-media", caption="My receipt"))

    assert await talk.read() == ["I can help with that."]
    [(details,)] = await talk.rows("SELECT details FROM helpdesk.message WHERE author = 'user'")
    assert "file_id" not in details
    assert details["file_error"]
