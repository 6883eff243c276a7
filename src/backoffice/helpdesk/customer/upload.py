"""Files of phone numbers at a door: read before the write begins, beside the event loop; and a sample to start from."""

import codecs
from dataclasses import dataclass, field

from starlette.responses import Response

from backoffice.helpdesk.customer.numbers import SAMPLE_CSV, Numbers, read_file, read_numbers
from backoffice.kernel.web import Upload
from backoffice.settings import Settings


class SampleCsv(Response):
    """A file of numbers as the uploads take it, saved under this name. Its mark tells Excel that it is UTF-8."""

    media_type = "text/csv"

    def __init__(self, filename: str) -> None:
        super().__init__(
            codecs.BOM_UTF8 + SAMPLE_CSV.encode(), headers={"content-disposition": f'attachment; filename="{filename}"'}
        )


@dataclass(frozen=True, slots=True)
class NumbersFile(Upload):
    """The numbers of a CSV or Excel file; BadInput when it is none."""

    numbers: Numbers = field(default_factory=Numbers)

    @classmethod
    def read(cls, filename: str, content: bytes, *, settings: Settings) -> "NumbersFile":
        numbers = read_numbers(read_file(filename, content), country=settings.default_country)
        return cls(filename, content, numbers)
