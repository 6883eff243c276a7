"""What staff see of a message, wherever it is shown. No database, no decisions."""

from collections.abc import Callable

from backoffice.helpdesk.message.listing import MessageRow
from backoffice.helpdesk.message.schemas import AudioOut, LanguageOut, ReadOut


def read_out(row: MessageRow, sign: Callable[[str], str]) -> ReadOut:
    """`sign` makes the link of a file. The error tells of the message itself, else of its file or its answer."""
    details, file_id = row.details, row.details.get("file_id")
    audio: AudioOut | None = None
    if row.kind == "audio" and file_id is not None:
        audio = {"file_url": sign(file_id), "transcription": details.get("transcription")}
    return {
        "id": row.id,
        "role": row.author,
        "content": row.content,
        "timestamp": row.created_at,
        "language": language_out(row),
        "audio": audio,
        "file_url": sign(file_id) if file_id else None,
        "delivery": row.delivery,
        "kind": details.get("kind") or row.kind,
        "error": row.error or details.get("file_error") or details.get("problem"),
        "file_name": details.get("file_name"),
        "quoted": row.quoted,
        "edits": details.get("edits") or [],
        "deleted_at": details.get("deleted_at"),
        "forwarded": bool(details.get("forwarded")),
        "referral": details.get("referral"),
    }


def language_out(row: MessageRow) -> LanguageOut | None:
    """What was told with the message; else the language it is written in, in its place."""
    known, from_customer = row.details.get("language") or {}, row.author == "user"
    detected = known.get("detected") or (row.language if from_customer else None)
    response = known.get("response") or (None if from_customer else row.language)
    return {"detected": detected, "response": response} if detected or response else None
