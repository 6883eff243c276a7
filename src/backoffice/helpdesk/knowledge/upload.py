"""A file of entries at its door: read before the write begins, beside the event loop."""

from dataclasses import dataclass, field

from backoffice.helpdesk.knowledge.rows import Entries, read_entries
from backoffice.kernel.web import Upload
from backoffice.settings import Settings


@dataclass(frozen=True, slots=True)
class EntriesFile(Upload):
    """The entries of a CSV file; BadInput when it is none."""

    entries: Entries = field(default_factory=Entries)

    @classmethod
    def read(cls, filename: str, content: bytes, *, settings: Settings) -> "EntriesFile":
        return cls(filename, content, read_entries(content))
