"""How far servers are in the log of all changes, and so how old is what a replica shows.

No clock of a server is asked: this process notes when the primary had come how far. A replica that has replayed as much
shows at least that moment.
"""

from collections import deque
from dataclasses import dataclass

from psycopg import AsyncConnection

from backoffice.kernel.database.limits import bounded

MOST_KEPT = 2_400
"""At two a second, twenty minutes of a primary that writes all the time."""
WHERE = """
    SELECT (SELECT system_identifier FROM pg_control_system()), pg_is_in_recovery(),
           pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                                ELSE pg_current_wal_flush_lsn() END, '0/0')::bigint
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Which cluster a server belongs to, whether it follows another one, and the byte of the log it has come to."""

    system: int
    follows: bool
    position: int


class Positions:
    """The primary's, newest last."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque(maxlen=MOST_KEPT)
        self.system: int | None = None

    def note(self, at: float, standing: Standing) -> None:
        """`at` is before it was asked. What follows another server is no primary and says nothing."""
        if standing.follows:
            return
        if standing.system != self.system or (self._seen and self._seen[-1][1] > standing.position):
            self._seen.clear()
        self.system = standing.system
        if self._seen and self._seen[-1][1] == standing.position:
            self._seen.pop()
        self._seen.append((at, standing.position))

    def leads(self, standing: Standing) -> bool:
        """Whether it is a primary of this cluster."""
        return not standing.follows and standing.system == self.system

    def shown_by(self, standing: Standing) -> float | None:
        """The latest moment of which a replica shows everything; None where it belongs elsewhere or none is known."""
        if not standing.follows or standing.system != self.system:
            return None
        return next((at for at, position in reversed(self._seen) if position <= standing.position), None)


class Asked:
    """A connection of its own to one server, for asking it how far it is: a full pool must not look like a lag."""

    def __init__(self, url: str) -> None:
        self._url = bounded(url)
        self._connection: AsyncConnection[tuple[int, bool, int]] | None = None

    async def standing(self) -> Standing:
        """psycopg.Error when it is away; the next one connects anew."""
        if self._connection is None or self._connection.closed:
            self._connection = await AsyncConnection.connect(self._url, autocommit=True, prepare_threshold=None)
        try:
            found = await (await self._connection.execute(WHERE)).fetchone()
        except BaseException:
            await self._connection.close()
            raise
        assert found is not None, "a SELECT without FROM has a row"
        return Standing(*found)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
