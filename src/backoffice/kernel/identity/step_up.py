"""Acts that ask for a recent proof of the second factor: whoever acts gave a code in this session within ten minutes.

@door.post("/roles", permission=Market.ROLES_MANAGE, step_up=True)       a door says so
await require_proof(tx, tx.actor)                                        or an action, such as the deciding vote
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backoffice.kernel.actor import Actor
from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.errors import Forbidden
from backoffice.kernel.write.transaction import Tx

PROOF_LASTS = timedelta(minutes=10)


class MfaRequired(Forbidden):
    """This needs a second factor. Enrol an authenticator app at auth/mfa/enrol, and confirm it at auth/mfa/confirm."""

    is_enrolled: bool = False


class StepUpRequired(Forbidden):
    """This needs a fresh code of your authenticator app: send it to auth/step-up, then try again within 10 minutes."""

    is_enrolled: bool = True


@dataclass(frozen=True, slots=True)
class StandingRow:
    """How a person stands with their second factor, in this session."""

    is_enrolled: bool
    enrolled_at: datetime | None
    recovery_codes_left: int
    proved_until: datetime | None
    is_proved: bool


def get_standing(db: Db, actor: Actor) -> Query[StandingRow]:
    return db.one(
        StandingRow,
        """
        SELECT t.confirmed_at IS NOT NULL AS is_enrolled, t.confirmed_at AS enrolled_at,
               (SELECT count(*) FROM kernel.recovery_code c
                 WHERE c.staff_id = p.id AND c.used_at IS NULL) AS recovery_codes_left,
               s.proved_at + %(lasts)s::interval AS proved_until,
               coalesce(s.proved_at > clock_timestamp() - %(lasts)s::interval, false) AS is_proved
          FROM kernel.staff p
          LEFT JOIN kernel.totp t ON t.staff_id = p.id
          LEFT JOIN kernel.session s ON s.id = %(session_id)s AND s.staff_id = p.id
         WHERE p.id = %(staff_id)s
        """,
        staff_id=actor.id,
        session_id=actor.session_id,
        lasts=PROOF_LASTS,
    )


def set_proved(tx: Tx, actor: Actor) -> Query[datetime]:
    """Until when the session's proof holds."""
    return tx.value(
        datetime,
        """
        UPDATE kernel.session SET proved_at = clock_timestamp()
         WHERE id = %(session_id)s AND staff_id = %(staff_id)s RETURNING proved_at + %(lasts)s::interval
        """,
        session_id=actor.session_id,
        staff_id=actor.id,
        lasts=PROOF_LASTS,
    )


async def require_proof(db: Db, actor: Actor) -> None:
    """Whoever acts has given a code in this session within ten minutes. MfaRequired, StepUpRequired."""
    standing = await get_standing(db, actor)
    if not standing.is_proved:
        raise StepUpRequired if standing.is_enrolled else MfaRequired
