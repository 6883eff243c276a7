"""Reading approvals: what waits for somebody, and what became of the others. A person sees what they may agree to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from backoffice.kernel.actor import Actor
from backoffice.kernel.approval.rules import Status
from backoffice.kernel.database import Pages


@dataclass(frozen=True, slots=True)
class ListedRow:
    """`received` of `required` people have agreed; `people` are their names, in that order."""

    id: UUID
    act: str
    subject: str
    payload: dict[str, Any]
    status: Status
    permission: str
    required: int
    received: int
    people: list[str]
    opened_at: datetime
    expires_at: datetime
    ended_at: datetime | None


APPROVALS = Pages(
    "approvals",
    ListedRow,
    source="kernel.approval a",
    key="a.id",
    order="a.opened_at DESC, a.id DESC",
    sql="""
    SELECT a.id, a.act, a.subject, a.payload, a.status, a.permission, a.quorum AS required,
           v.received, v.people, a.opened_at, a.expires_at, a.ended_at
      FROM {page}
      JOIN kernel.approval a USING (id)
     CROSS JOIN LATERAL (
           SELECT count(*) AS received, coalesce(array_agg(s.full_name ORDER BY w.voted_at), '{}') AS people
             FROM kernel.approval_vote w JOIN kernel.staff s ON s.id = w.staff_id
            WHERE w.approval_id = a.id) v
     ORDER BY {order}
    """,
    filters={
        "product": "a.product = %(product)s",
        "permissions": "a.permission = ANY (%(permissions)s)",
        "status": "a.status = %(status)s",
        "waiting_for": "a.status = 'open' AND a.expires_at > clock_timestamp() AND NOT EXISTS ("
        "SELECT FROM kernel.approval_vote w WHERE w.approval_id = a.id AND w.staff_id = %(waiting_for)s)",
    },
)


STANDING: LiteralString = """
      LEFT JOIN LATERAL (
           SELECT l.quorum, (SELECT count(*) FROM kernel.approval_vote w WHERE w.approval_id = l.id) AS votes
             FROM kernel.approval l
            WHERE l.product = '{product}' AND l.act = '{act}' AND l.subject = {subject}
              AND l.status IN ('open', 'used')
            ORDER BY l.opened_at DESC LIMIT 1) a ON true
"""


def standing(product: LiteralString, act: LiteralString, *, subject: LiteralString) -> LiteralString:
    """A join that gives each row of a list `a.votes` of `a.quorum` people who agreed to this act on it, so far or then.

    Neither where it takes one person alone, or nobody has agreed yet.
    """
    return STANDING.replace("{product}", product).replace("{act}", act).replace("{subject}", subject)


def of(actor: Actor, *, is_waiting: bool) -> Mapping[str, Any]:
    """The filters that show a person what they may agree to; `is_waiting`: only what they haven't agreed to yet."""
    return {
        "product": actor.product,
        "permissions": sorted(actor.permissions),
        "waiting_for": actor.staff_id if is_waiting else None,
    }
