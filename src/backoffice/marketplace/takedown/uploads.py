"""A file of evidence as it comes: known by what is in it, pictures drawn anew, before the write begins."""

from dataclasses import dataclass, field

from backoffice.kernel.errors import TooLarge
from backoffice.kernel.files.content import find_type
from backoffice.kernel.files.pictures import Drawn, NotAPicture, draw_anew
from backoffice.kernel.web.inputs import Upload
from backoffice.marketplace.takedown import rules
from backoffice.settings import Settings


@dataclass(frozen=True, slots=True)
class EvidenceFile(Upload):
    """`drawn` is what is kept of a picture; a document is kept as it is. Without a type it is neither."""

    content_type: str | None = None
    drawn: Drawn | None = field(default=None, repr=False)

    @classmethod
    def read(cls, filename: str, content: bytes, *, settings: Settings) -> "EvidenceFile":
        """TooLarge."""
        if len(content) > rules.MOST_BYTES:
            raise TooLarge(limit_bytes=rules.MOST_BYTES)
        content_type = find_type(content)
        if content_type is None or not content_type.startswith("image/"):
            return cls(filename, content, content_type)
        try:
            return cls(filename, content, content_type, draw_anew(content))
        except NotAPicture:
            return cls(filename, content)
