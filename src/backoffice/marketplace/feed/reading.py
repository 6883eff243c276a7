"""Lines of JSON into what is staged: read by the models of the doors, refused with a sentence and their number."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import orjson
from pydantic import ValidationError

from backoffice.kernel.errors import BadInput
from backoffice.kernel.importing import Report
from backoffice.kernel.web.inputs import In, Upload, refuse, refuse_nul
from backoffice.kernel.web.json_body import read_json
from backoffice.marketplace.feed.rules import LARGEST_BATCH, LONGEST_LINE, Kind
from backoffice.marketplace.feed.schemas import (
    BookingLine,
    CustomerLine,
    PaymentLine,
    ReviewLine,
    ServiceLine,
    VendorLine,
)
from backoffice.settings import Settings


class Told(Protocol):
    external_id: str

    def facts(self) -> dict[str, Any]: ...


MODELS: dict[Kind, type[In]] = {
    Kind.CUSTOMER: CustomerLine,
    Kind.VENDOR: VendorLine,
    Kind.SERVICE: ServiceLine,
    Kind.BOOKING: BookingLine,
    Kind.PAYMENT: PaymentLine,
    Kind.REVIEW: ReviewLine,
}


@dataclass(frozen=True, slots=True)
class Line:
    """`facts` as JSON, the way they are staged."""

    number: int
    kind: Kind
    external_id: str
    facts: str


def read_lines(numbered: Iterable[tuple[int, bytes]], report: Report, *, kind: Kind | None = None) -> Iterator[Line]:
    """The lines that can be what they say; blank ones are passed over. Without `kind` each names its own."""
    for number, raw in numbered:
        if not raw.strip():
            continue
        if len(raw) > LONGEST_LINE:
            report.refuse(number, f"longer than {LONGEST_LINE} bytes")
            continue
        try:
            yield _line(number, raw, kind)
        except ValidationError as error:
            report.refuse(number, refuse(error).sentence)
        except BadInput as error:
            report.refuse(number, error.sentence)


def _line(number: int, raw: bytes, kind: Kind | None) -> Line:
    refuse_nul(raw)
    read = read_json(raw)
    if kind is None:
        named = read.pop("kind", None)
        if not isinstance(named, str) or named not in MODELS:
            raise BadInput(summary=f"kind: must be one of {', '.join(MODELS)}")
        kind = Kind(named)
    told: Any = MODELS[kind].model_validate(read)
    return _staged(number, kind, told)


def _staged(number: int, kind: Kind, told: Told) -> Line:
    return Line(number, kind, told.external_id, orjson.dumps(told.facts()).decode())


@dataclass(frozen=True, slots=True)
class Batch(Upload):
    """A file of at most 5,000 lines at a platform's door: read before the write begins, beside the event loop."""

    kind: ClassVar[Kind]
    lines: tuple[Line, ...] = ()
    report: Report | None = None

    @classmethod
    def read(cls, filename: str, content: bytes, *, settings: Settings) -> "Batch":
        raw = content.splitlines()
        if len(raw) > LARGEST_BATCH:
            raise BadInput(summary=f"file: has {len(raw)} lines, more than {LARGEST_BATCH}")
        report = Report()
        return cls(filename, content, tuple(read_lines(enumerate(raw, 1), report, kind=cls.kind)), report)


class CustomerBatch(Batch):
    kind = Kind.CUSTOMER


class VendorBatch(Batch):
    kind = Kind.VENDOR


class ServiceBatch(Batch):
    kind = Kind.SERVICE


class BookingBatch(Batch):
    kind = Kind.BOOKING


class PaymentBatch(Batch):
    kind = Kind.PAYMENT


class ReviewBatch(Batch):
    kind = Kind.REVIEW
