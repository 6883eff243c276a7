"""Exports: rows of any number as CSV, Excel or JSON lines, written by a task and fetched by a link that expires.

    USERS = Export("users", ["id", "email"], count=count_users, rows=stream_users, cells=attrgetter("id", "email"))

    async def write_users(working: Working) -> Made:
        return await write_out(working, USERS, wanted=Wanted(Format.CSV))

Rows come from a cursor on the server and go to a file on the disk: memory stays the same however many there are. What
a spreadsheet would compute is shown instead. The task knows the number of rows and the file's SHA-256.
"""

from backoffice.kernel.export.formats import Format
from backoffice.kernel.export.writing import Export, Wanted, write_out

__all__ = ["Export", "Format", "Wanted", "write_out"]
