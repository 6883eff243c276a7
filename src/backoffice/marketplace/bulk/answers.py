"""From what became of a bulk act, or would, to answers."""

from collections.abc import Mapping

from backoffice.kernel.actor import Actor
from backoffice.kernel.bulk import Foreseen, Outcome
from backoffice.kernel.bulk.listing import ListedRow
from backoffice.marketplace.bulk.acting import ACTS
from backoffice.marketplace.bulk.schemas import ActOut, CountsOut, PreviewOut, RowOut


def acts_out(caller: Actor) -> list[ActOut]:
    return [
        {
            "act": act.name,
            "permission": act.permission,
            "allowed": caller.can(act.permission),
            "can_be_undone": act.undo is not None,
        }
        for act in ACTS.acts
    ]


def preview_out(foreseen: Foreseen, act: str) -> PreviewOut:
    return {
        "act": act,
        "total": foreseen.total,
        "would": foreseen.would,
        "would_not": foreseen.total - foreseen.would,
        "reasons": [
            {"code": one.code, "message": one.message, "count": one.count, "ids": one.subjects}
            for one in foreseen.reasons
        ],
    }


def row_out(row: ListedRow) -> RowOut:
    return {
        "id": row.subject,
        "outcome": row.outcome,
        "code": row.code,
        "message": row.message,
        "at": row.ended_at,
        "can_be_undone": row.can_be_undone,
    }


def counts_out(counts: Mapping[Outcome, int]) -> CountsOut:
    return {
        "waiting": counts.get(Outcome.WAITING, 0),
        "done": counts.get(Outcome.DONE, 0),
        "refused": counts.get(Outcome.REFUSED, 0),
        "failed": counts.get(Outcome.FAILED, 0),
    }
