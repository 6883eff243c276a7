"""What a bulk act would do, without doing it: how many rows it would change, how many not, and why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from backoffice.kernel.bulk import rules
from backoffice.kernel.bulk.act import Acts, BulkAct
from backoffice.kernel.database import Db
from backoffice.kernel.errors import Refusal

SHOWN = 10


@dataclass(slots=True)
class Reason:
    """Why `count` rows would refuse; some of them by name."""

    code: str
    message: str
    count: int
    subjects: list[str]


@dataclass(frozen=True, slots=True)
class Foreseen:
    total: int
    would: int
    reasons: list[Reason]


async def foresee(db: Db, subjects: Sequence[str], params: BaseModel, *, act: BulkAct[Any], acts: Acts) -> Foreseen:
    """The most frequent reason first. NothingSelected, TooManySelected."""
    chosen = list(dict.fromkeys(subjects))
    rules.check_size(len(chosen), expected=None)
    refused = await act.foresee(db, chosen, params)
    reasons: dict[str, Reason] = {}
    for subject in chosen:
        if subject in refused:
            _add(reasons, subject, refused[subject], code=acts.code_of(refused[subject]))
    ordered = sorted(reasons.values(), key=lambda reason: -reason.count)
    return Foreseen(len(chosen), len(chosen) - len(refused), ordered)


def _add(reasons: dict[str, Reason], subject: str, refusal: Refusal, *, code: str) -> None:
    reason = reasons.setdefault(code, Reason(code, refusal.sentence, 0, []))
    reason.count += 1
    if reason.count <= SHOWN:
        reason.subjects.append(subject)
