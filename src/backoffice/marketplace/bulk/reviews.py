"""Bulk acts on reviews: each does what the single door does, by the same action."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from pydantic import BaseModel

from backoffice.kernel.bulk import BulkAct, ChangedSince, Kept, One, Refused
from backoffice.kernel.bulk.rules import MayNotDo
from backoffice.kernel.database import Db
from backoffice.kernel.write import Tx
from backoffice.marketplace.bulk import store
from backoffice.marketplace.bulk.foreseeing import refused_of
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.review import moderating, rules
from backoffice.marketplace.review.rules import Status
from backoffice.marketplace.review.schemas import ModerateIn


async def hide(tx: Tx, one: One[ModerateIn]) -> Kept | None:
    review = await moderating.hold(tx, int(one.subject))
    if await moderating.moderate(tx, review, Status.HIDDEN, reason=one.params.reason) is None:
        return None
    return {"moderation": await store.get_last_moderation(tx, review.id)}


async def show_again(tx: Tx, subject: str, kept: Kept) -> None:
    """What nobody moderated since. ChangedSince, MayNotDo."""
    if not tx.actor.can(Market.REVIEWS_MODERATE):
        raise MayNotDo(required_permission=Market.REVIEWS_MODERATE)
    review = await moderating.hold(tx, int(subject))
    if await store.get_last_moderation(tx, review.id) != kept["moderation"]:
        raise ChangedSince
    await moderating.moderate(tx, review, Status.PUBLISHED, reason=None)


async def restore(tx: Tx, one: One[ModerateIn]) -> None:
    review = await moderating.hold(tx, int(one.subject))
    await moderating.moderate(tx, review, Status.PUBLISHED, reason=one.params.reason)


async def _foresee(db: Db, subjects: Sequence[str], params: BaseModel, *, to: Status) -> Refused:
    found = {str(row.id): row.status for row in await store.list_reviews(db, [int(one) for one in subjects])}

    def check(status: Status) -> None:
        if status is not to:
            rules.check_move(status, to)

    return refused_of(found, subjects, missing=lambda one: rules.ReviewNotFound(review_id=int(one)), check=check)


ACTS: Sequence[BulkAct[Any]] = (
    BulkAct(
        "reviews.hide",
        Market.REVIEWS_HIDE,
        ModerateIn,
        act=hide,
        foresee=partial(_foresee, to=Status.HIDDEN),
        undo=show_again,
    ),
    BulkAct(
        "reviews.restore",
        Market.REVIEWS_MODERATE,
        ModerateIn,
        act=restore,
        foresee=partial(_foresee, to=Status.PUBLISHED),
    ),
)
