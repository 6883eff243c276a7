"""The helpdesk as a product: its name, its roles, and errors as `{"detail": "one readable sentence"}`."""

from pathlib import Path
from typing import Any

from typing_extensions import TypedDict

from backoffice.helpdesk.permissions import ROLES
from backoffice.kernel.errors import Refusal
from backoffice.kernel.files.links import FilesDoor
from backoffice.kernel.web import Product
from backoffice.kernel.web.product import Importer, Later
from backoffice.kernel.web.success import Success, success

__all__ = ["FILES", "HELPDESK", "Message", "Success", "success"]


class ErrorOut(TypedDict):
    detail: str


class Message(TypedDict):
    message: str


def shape(refusal: Refusal, status: int) -> dict[str, Any]:
    return {"detail": refusal.sentence}


HELPDESK = Product(
    name="helpdesk",
    title="Helpdesk",
    summary="Customers write on WhatsApp, an assistant answers, tickets find an agent who takes over.",
    roles=ROLES,
    shape=shape,
    error_model=ErrorOut,
    examples_file=Path(__file__).with_name("examples.json"),
    in_sentences="the helpdesk",
    counted_by="helpdesk.ticket",
    doors="backoffice.helpdesk.app:DOORS",
    jobs="backoffice.helpdesk.jobs",
    demo=Later("backoffice.helpdesk.demo"),
    staff=Later("backoffice.helpdesk.team.joining:JOINING"),
    commands=Later("backoffice.helpdesk.commands:app"),
    importers={
        "knowledge": Importer(
            "entries",
            "entries of the knowledge base (CSV)",
            Later("backoffice.helpdesk.knowledge.importing:import_entries"),
        )
    },
    probes=Later("backoffice.helpdesk.probes:PROBES"),
    recovery=Later("backoffice.helpdesk.restored:PART"),
    figures=Later("backoffice.helpdesk.figures:FIGURES"),
    companions=Later("backoffice.helpdesk.companions:COMPANIONS"),
)
FILES = FilesDoor(HELPDESK.name, "/api/v1/files")
"""Opens what customers sent."""
