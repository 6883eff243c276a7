"""A restore to an earlier moment as the database feels it: all rows and sequences are as they were, files are not."""

from typing import LiteralString

from backoffice.kernel.database.embedded import EmbeddedServer
from tests.conftest import superuser

TABLES: LiteralString = """
    SELECT c.oid::regclass::text AS name, string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum) AS columns
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0
       AND NOT a.attisdropped AND a.attgenerated = ''
       AND c.relnamespace::regnamespace::text IN ('kernel', 'helpdesk', 'marketplace', 'shield', 'procrastinate')
     GROUP BY c.oid
"""
SEQUENCES: LiteralString = """
    SELECT c.oid::regclass::text FROM pg_class c
     WHERE c.relkind = 'S' AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'tests')
"""


class Past:
    """`past.remember()`, then whatever happens, then `past.restore()`."""

    def __init__(self, server: EmbeddedServer) -> None:
        self._connection = superuser(server)
        self._connection.execute("SET session_replication_role = replica")
        self._tables: dict[str, tuple[str, bytes]] = {}
        self._sequences: dict[str, tuple[int, bool]] = {}

    def __enter__(self) -> "Past":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def remember(self) -> None:
        for name, columns in self._connection.execute(TABLES).fetchall():
            rows = self._copied(f"COPY (SELECT {columns} FROM {name}) TO STDOUT")
            self._tables[name] = (columns, rows)
        for (name,) in self._connection.execute(SEQUENCES).fetchall():
            found = self._connection.execute(f"SELECT last_value, is_called FROM {name}".encode()).fetchone()
            assert found is not None
            self._sequences[name] = found

    def restore(self) -> None:
        """Sequences that did not exist then are gone, too."""
        with self._connection.transaction():
            for name in self._tables:
                self._connection.execute(f"DELETE FROM {name}".encode())
            for name, (columns, rows) in self._tables.items():
                if rows:
                    self._copy_in(f"COPY {name} ({columns}) FROM STDIN", rows)
            for (name,) in self._connection.execute(SEQUENCES).fetchall():
                if name not in self._sequences:
                    self._connection.execute(f"DROP SEQUENCE {name}".encode())
            for name, (last, is_called) in self._sequences.items():
                self._connection.execute("SELECT setval(%s::regclass, %s, %s)", (name, last, is_called))

    def _copied(self, statement: str) -> bytes:
        with self._connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            return b"".join(bytes(piece) for piece in copy)

    def _copy_in(self, statement: str, rows: bytes) -> None:
        with self._connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            copy.write(rows)
