"""What a file is, by its own bytes, and how the name that its sender gave it may be shown."""

from pathlib import PurePosixPath

LONGEST_NAME = 200
SIGNATURES = {"application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
"""How the bytes begin; whatever a name says. A browser may show these as they are."""


def find_type(content: bytes) -> str | None:
    """The content type that the bytes themselves show; None for one that is none of these."""
    return next((one for one, signature in SIGNATURES.items() if content.startswith(signature)), None)


def label_of(filename: str) -> str:
    """A sender's file name as a label: without folders and control characters. It never names a file of ours."""
    name = "".join(one for one in PurePosixPath(filename.replace("\\", "/")).name if one.isprintable())
    return name.strip(". ")[-LONGEST_NAME:] or "document"
