"""Shield as a product: its name, its roles, its envelope and errors with the codes of its contract."""

from pathlib import Path
from typing import Any

from typing_extensions import TypedDict

from backoffice.kernel.errors import BadInput, Refusal
from backoffice.kernel.web import Product
from backoffice.kernel.web.product import Importer, Later
from backoffice.kernel.web.success import Success, success
from backoffice.shield.events import Event
from backoffice.shield.permissions import ROLES, Scope

__all__ = ["SHIELD", "Pagination", "Success", "pagination", "success"]

CODES = {
    400: "VALIDATION_ERROR",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "VALIDATION_ERROR",
    408: "VALIDATION_ERROR",
    409: "CONFLICT",
    413: "VALIDATION_ERROR",
    415: "VALIDATION_ERROR",
    429: "RATE_LIMITED",
    500: "INTERNAL_ERROR",
    503: "INTERNAL_ERROR",
}


class DetailOut(TypedDict):
    field: str
    message: str


class ErrorFacts(TypedDict):
    code: str
    message: str
    details: list[DetailOut]


class ErrorOut(TypedDict):
    success: bool
    error: ErrorFacts


class Pagination(TypedDict):
    current_page: int
    total_pages: int
    total_items: int
    items_per_page: int


def pagination(page: int, size: int, *, total: int) -> Pagination:
    """All four fields, also where the contract's example shows three."""
    return {"current_page": page, "total_pages": -(-total // size), "total_items": total, "items_per_page": size}


def shape(refusal: Refusal, status: int) -> dict[str, Any]:
    problems = refusal.problems if isinstance(refusal, BadInput) else ()
    details = [{"field": problem.field, "message": problem.message} for problem in problems]
    error = {"code": CODES.get(status, "INTERNAL_ERROR"), "message": refusal.sentence, "details": details}
    return {"success": False, "error": error}


SHIELD = Product(
    name="shield",
    title="Shield",
    summary="Income protection: members, plans, claims with their documents, payouts and bank accounts.",
    roles=ROLES,
    shape=shape,
    error_model=ErrorOut,
    examples_file=Path(__file__).with_name("examples.json"),
    idle_minutes=60,
    moves_money=True,
    scopes=frozenset(Scope),
    events=frozenset(Event),
    counted_by="shield.claim",
    doors="backoffice.shield.app:DOORS",
    jobs="backoffice.shield.jobs",
    sealed=Later("backoffice.shield.sealed:SEALED"),
    demo=Later("backoffice.shield.demo"),
    commands=Later("backoffice.shield.commands:app"),
    importers={
        "shield": Importer("members", "members (JSON lines)", Later("backoffice.shield.importing:import_members"))
    },
    probes=Later("backoffice.shield.probes:PROBES"),
    recovery=Later("backoffice.shield.restored:PART"),
    figures=Later("backoffice.shield.figures:FIGURES"),
)
