"""The marketplace as a product: its name, its roles, its envelopes, and errors with the codes of its contract."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

from typing_extensions import TypedDict

from backoffice.kernel import errors
from backoffice.kernel.errors import BadInput, Refusal
from backoffice.kernel.health.rules import SystemUnhealthy
from backoffice.kernel.health.schemas import HealthOut
from backoffice.kernel.web import Product
from backoffice.kernel.web.product import Importer, Later
from backoffice.kernel.web.success import Success, success
from backoffice.marketplace.events import Event
from backoffice.marketplace.permissions import BOOK, ROLES, Scope

__all__ = ["CODES", "MARKETPLACE", "Items", "Listed", "Meta", "Success", "code_of", "items", "meta", "success"]

T = TypeVar("T")
CODES = {
    "AllGoesBack": "REFUND_AMOUNT_MISMATCH",
    "BadInput": "VALIDATION_ERROR",
    "KeyInProgress": "IDEMPOTENCY_IN_PROGRESS",
    "KeyRequired": "IDEMPOTENCY_KEY_REQUIRED",
    "KeyReused": "IDEMPOTENCY_CONFLICT",
    "MayNotDo": "PERMISSION_DENIED",
    "MayNotRefund": "PERMISSION_DENIED",
    "NothingGoesBack": "REFUND_AMOUNT_MISMATCH",
    "NotYourJob": "PERMISSION_DENIED",
    "OneBackupAnHour": "RATE_LIMIT_EXCEEDED",
    "RangeEndsFirst": "INVALID_DATE_RANGE",
    "RangeInFuture": "INVALID_DATE_RANGE",
    "RangeTooLong": "INVALID_DATE_RANGE",
    "ScopeMissing": "PERMISSION_DENIED",
    "StepUpRequired": "MFA_REQUIRED",
    "TooManyRequests": "RATE_LIMIT_EXCEEDED",
}
"""The contract's word where a refusal's class is called otherwise; UserNotFound is USER_NOT_FOUND by itself."""
FACTS = frozenset(
    {
        "BulkNotFound",
        "CannotCancel",
        "CannotDelete",
        "CannotRetry",
        "CannotUndo",
        "MayNotDo",
        "MfaRequired",
        "OneBackupAnHour",
        "PermissionDenied",
        "RoleInUse",
        "ScopeMissing",
        "SelectionChanged",
        "SessionNotFound",
        "StepUpRequired",
        "TooManyRequests",
        "TooManySelected",
    }
)
"""Refusals of the house whose facts clients are told; those of the marketplace tell all of theirs."""


class ErrorFacts(TypedDict):
    code: str
    message: str
    details: dict[str, Any]


class ErrorOut(TypedDict):
    success: bool
    error: ErrorFacts


class Items(TypedDict, Generic[T]):
    """A page of the users and disputes file."""

    items: list[T]
    total: int
    page: int
    page_size: int
    total_pages: int
    has_next: bool
    has_prev: bool


class Meta(TypedDict):
    """How a page of the other files says where it stands."""

    page: int
    page_size: int
    total: int
    total_items: int
    total_pages: int
    has_next: bool
    has_prev: bool


class Listed(TypedDict, Generic[T]):
    success: bool
    data: list[T]
    meta: Meta


def items(rows: list[T], page: int, *, size: int, total: int) -> Items[T]:
    pages = -(-total // size)
    return {
        "items": rows,
        "total": total,
        "page": page,
        "page_size": size,
        "total_pages": pages,
        "has_next": page < pages,
        "has_prev": page > 1,
    }


def meta(page: int, size: int, *, total: int) -> Meta:
    pages = -(-total // size)
    return {
        "page": page,
        "page_size": size,
        "total": total,
        "total_items": total,
        "total_pages": pages,
        "has_next": page < pages,
        "has_prev": page > 1,
    }


def shape(refusal: Refusal, status: int) -> dict[str, Any]:
    """The facts of a refusal stand beside its code and in its details; what is wrong with a body only there.

    An unhealthy system is told as a healthy one is, but for its success.
    """
    if isinstance(refusal, SystemUnhealthy):
        return {"success": False, "data": refusal.health}
    facts = _facts(refusal)
    details = _fields(refusal) if isinstance(refusal, BadInput) else facts
    return {
        "success": False,
        "error": {**facts, "code": code_of(refusal), "message": refusal.sentence, "details": details},
    }


def code_of(refusal: Refusal) -> str:
    """What clients of the marketplace know it by."""
    return CODES.get(type(refusal).__name__) or errors.code_of(refusal)


def _facts(refusal: Refusal) -> Mapping[str, Any]:
    kind = type(refusal)
    if isinstance(refusal, BadInput) or not (kind.__module__.startswith(__package__) or kind.__name__ in FACTS):
        return {}
    return {name: fact for name, fact in refusal.facts.items() if name != "roles"}


def _fields(refusal: BadInput) -> Mapping[str, list[str]]:
    """What is wrong, by field."""
    found: dict[str, list[str]] = {}
    for problem in refusal.problems:
        found.setdefault(problem.field, []).append(problem.message)
    return found


MARKETPLACE = Product(
    name="marketplace",
    title="Marketplace",
    summary="Customers book services of vendors, pay, review and dispute; staff help, decide and refund.",
    roles=ROLES,
    shape=shape,
    error_model=ErrorOut,
    own_shapes={SystemUnhealthy: Success[HealthOut]},
    examples_file=Path(__file__).with_name("examples.json"),
    in_sentences="the marketplace",
    counted_by="marketplace.booking",
    moves_money=True,
    role_book=BOOK,
    scopes=frozenset(Scope),
    events=frozenset(Event),
    doors="backoffice.marketplace.app:DOORS",
    jobs="backoffice.marketplace.jobs",
    commands=Later("backoffice.marketplace.commands:app"),
    demo=Later("backoffice.marketplace.demo"),
    importers={
        "marketplace": Importer(
            "lines", "history (JSON lines)", Later("backoffice.marketplace.feed.importing:import_history")
        )
    },
    sealed=Later("backoffice.marketplace.sealed:SEALED"),
    probes=Later("backoffice.marketplace.probes:PROBES"),
    recovery=Later("backoffice.marketplace.restored:PART"),
    figures=Later("backoffice.marketplace.figures:FIGURES"),
)
