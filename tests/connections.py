"""The house's connections to the tests' server, kept from one test to the next: a new one costs both sides some 10 ms.

Each test gets them as if they were new: what a session can hold is thrown away before.
"""

from collections import defaultdict
from typing import Any, ClassVar

import psycopg
from psycopg.abc import ConnDict
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGconn

from backoffice.kernel.database.batch import Connection
from backoffice.kernel.database.pool import is_open

Address = frozenset[tuple[str, Any]]


class Kept(Connection):
    """Whoever closes it while it lies idle leaves it to the next; one that was given up is closed.

    So is one that went through something else, which ends with its test.
    """

    left: ClassVar[dict[Address, list[PGconn]]] = defaultdict(list)
    address: Address = frozenset()

    @classmethod
    async def connect(cls, conninfo: str = "", **settings: Any) -> "Kept":
        known: ConnDict = conninfo_to_dict(conninfo, **settings)
        address = frozenset(known.items())
        connection = await cls._taken(address) or await super().connect(conninfo, **settings)
        connection.address = address
        return connection

    @classmethod
    async def _taken(cls, address: Address) -> "Kept | None":
        while cls.left[address]:
            connection = cls(cls.left[address].pop())
            try:
                if is_open(connection):
                    await connection.set_autocommit(True)
                    await connection.execute("DISCARD ALL")
                    await connection.set_autocommit(False)
                    return connection
            except psycopg.OperationalError:
                pass
            await Connection.close(connection)
        return None

    async def close(self) -> None:
        is_idle = not self.closed and self.pgconn.transaction_status == TransactionStatus.IDLE
        is_direct = str(dict(self.address).get("host", "")).startswith("/")
        if not (is_idle and is_direct) or getattr(self, "_pool", None) is not None:
            await super().close()
            return
        self.left[self.address].append(self.pgconn)
        self._closed, self.pgconn = True, type(self.pgconn).connect_start(b"host=/nowhere")
        self.pgconn.finish()

    @classmethod
    def close_all(cls) -> None:
        for those in cls.left.values():
            for one in those:
                one.finish()
        cls.left.clear()
