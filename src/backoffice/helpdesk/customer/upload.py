"""Files of phone numbers at a door: an upload read beside the event loop, and a sample to start from."""

import asyncio
import codecs

from starlette.responses import Response

from backoffice.helpdesk.customer.numbers import SAMPLE_CSV, Numbers, read_file, read_numbers
from backoffice.kernel.web import Upload


class SampleCsv(Response):
    """A file of numbers as the uploads take it, saved under this name. Its mark tells Excel that it is UTF-8."""

    media_type = "text/csv"

    def __init__(self, filename: str) -> None:
        super().__init__(
            codecs.BOM_UTF8 + SAMPLE_CSV.encode(), headers={"content-disposition": f'attachment; filename="{filename}"'}
        )


async def uploaded_numbers(upload: Upload, *, country: str) -> Numbers:
    """The numbers of a CSV or Excel file; BadInput when it is none. A large file takes a second of a thread."""

    def read() -> Numbers:
        return read_numbers(read_file(upload.filename, upload.content), country=country)

    return await asyncio.to_thread(read)
