"""Whose writes a replica has: a number for each member of staff, which moves with each of their writes.

It moves in the write's own transaction. So a replica that shows the number that the primary shows, shows the writes
too, whatever clocks say and whichever process wrote.
"""

from backoffice.kernel.database.query import Db, Query


def find_mark(db: Db, staff_id: int) -> Query[int | None]:
    """None for whoever has written nothing."""
    return db.find_value(int, "SELECT number FROM kernel.write_mark WHERE staff_id = %(staff_id)s", staff_id=staff_id)


def set_mark(tx: Db, staff_id: int) -> Query[int]:
    """Held until the write has committed, so it goes with the commit."""
    return tx.run(
        """
        INSERT INTO kernel.write_mark AS m (staff_id, number) VALUES (%(staff_id)s, 1)
        ON CONFLICT (staff_id) DO UPDATE SET number = m.number + 1
        """,
        staff_id=staff_id,
    )
