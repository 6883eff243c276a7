"""The database as the rest of the house sees it: `read()` and `write(actor)` on pooled connections."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backoffice.kernel.actor import Actor, Context, Origin
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.database.marks import set_mark
from backoffice.kernel.database.pool import ReadDatabase
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.write.transaction import Tx, marked_open, terms_of_door


class Database(ReadDatabase):
    """One pool on the primary, for reads and writes; what is written about people is sealed under `keys`.

    `marks` is whether replicas are read: then each write of staff moves their mark.
    """

    def __init__(self, url: str, *, keys: KeyRing, size: int = 10, prepare: bool = True, marks: bool = False) -> None:
        super().__init__(url, size=size, prepare=prepare)
        self._keys = keys
        self._marks = marks

    @asynccontextmanager
    async def write(
        self, actor: Actor, context: Context | None = None, *, declared: frozenset[Act] | None = None
    ) -> AsyncIterator[Tx]:
        """One transaction as `actor`: committed when the block ends, undone when it raises.

        In a door that opens its own writes it is held to what the door declares, and its caller's session is looked at
        again: a password may have been hashed since.
        """
        terms = terms_of_door()
        async with self.connection() as connection, marked_open():
            origin = Origin(actor, context or Context())
            acts = terms.acts if terms and declared is None else declared
            tx = Tx(connection, origin, keys=self._keys, declared=acts)
            try:
                if terms and terms.confirm:
                    await terms.confirm(tx)
                yield tx
                if self._marks and actor.staff_id is not None and not tx.finished:
                    tx.send_ahead(set_mark(tx, actor.staff_id))
                await tx.commit()
            except BaseException:
                await tx.roll_back()
                raise
