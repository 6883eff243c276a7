"""Reading what a request brings: path, query, JSON body, upload. Whatever is wrong becomes one BadInput."""

import asyncio
import inspect
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Annotated, Any, ClassVar
from uuid import UUID

import fastapi
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PastDate,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import ErrorDetails
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from backoffice.kernel.errors import BadInput, NotFound, Problem, UnsupportedMedia
from backoffice.kernel.sentences import sentence_of
from backoffice.kernel.tables import READER
from backoffice.kernel.web.call import Call, read_body
from backoffice.kernel.web.json_body import LONGEST_NAME, read_json
from backoffice.settings import Settings

LARGEST_ID = 2**63 - 1
MOST_PROBLEMS = 1_000
STRANGERS_BYTES = 16_384
"""What a JSON body holds at most where nobody has said who they are: a name and a password, or a token."""
Id = Annotated[int, fastapi.Path(ge=1, le=LARGEST_ID)]
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""Between them lies everything a client means; what is computed from it stays within the years that can be kept."""
EARLIEST, LATEST = datetime.combine(FIRST_DAY, time.min, UTC), datetime.combine(LAST_DAY, time.max, UTC)
WRITTEN_OUT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
OUT_OF_REACH = f"must be between {FIRST_DAY} and {LAST_DAY}"


def in_reach(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(OUT_OF_REACH)
    return day


def bounded(at: datetime) -> datetime:
    """The same moment, with the zone that it was said in."""
    if not EARLIEST <= at <= LATEST:
        raise ValueError(OUT_OF_REACH)
    return at


def in_utc(at: datetime) -> datetime:
    """The same moment in UTC. The last hours of year 9999 in one zone are no time in another.

    It is bounded there: two times are compared in a fraction of the time if both are of one zone.
    """
    try:
        return bounded(at.astimezone(UTC))
    except OverflowError:
        raise ValueError(OUT_OF_REACH) from None


def written_out(value: Any) -> Any:
    """A number would be read as seconds since 1970, also where it is text."""
    if not isinstance(value, date) and not (isinstance(value, str) and WRITTEN_OUT.match(value)):
        raise ValueError("must be written out, as in 2026-01-31")
    return value


Day = Annotated[date, BeforeValidator(written_out), AfterValidator(in_reach)]
PastDay = Annotated[PastDate, BeforeValidator(written_out), AfterValidator(in_reach)]
Moment = Annotated[AwareDatetime, BeforeValidator(written_out), AfterValidator(in_utc)]
"""A time with its zone, as UTC."""
ZonedMoment = Annotated[AwareDatetime, BeforeValidator(written_out), AfterValidator(bounded)]
"""A time in the zone that it was said in."""


def or_missing(missing: Callable[[str], NotFound]) -> WrapValidator:
    """For an id in a path that is a UUID. What is none names nothing, so it is not found like one that nothing has:

    JobId = Annotated[UUID, or_missing(lambda written: JobNotFound(job_id=written))]
    """

    def read(written: str, handler: ValidatorFunctionWrapHandler) -> UUID:
        try:
            return handler(written)  # type: ignore[no-any-return]
        except ValidationError:
            raise missing(written) from None

    return WrapValidator(read)


class In(BaseModel):
    """A body: unknown fields are refused, text is trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


class QueryString(BaseModel):
    """Query parameters: unknown ones are ignored; an empty one, or one of spaces alone, counts as absent.

    `spelt_also` names, for a parameter, what else clients call it: what is wrong is told by the name that was sent.
    """

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, frozen=True)
    spelt_also: ClassVar[Mapping[str, str]] = {}


class Form(BaseModel):
    """What an upload's form carries beside the file: unknown fields are ignored; an empty one counts as absent."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, frozen=True)


@dataclass(frozen=True, slots=True)
class Upload:
    """One file sent as multipart/form-data in the field `file`.

    A kind of it reads what is in the file: before the write begins, so that no connection waits, in a thread.
    """

    filename: str
    content: bytes

    @classmethod
    def read(cls, filename: str, content: bytes, *, settings: Settings) -> "Upload":
        """The upload with what it holds, or BadInput."""
        return cls(filename, content)


class Together(ValueError):
    """What is wrong with several fields, each of which may be right by itself: it is told at each of them."""

    def __init__(self, sentence: str, *fields: str) -> None:
        super().__init__(sentence)
        self.fields = fields


def refuse(error: ValidationError, *, place: str = "", sent: Mapping[str, str] | None = None) -> BadInput:
    """One sentence for people, and each field with its message for clients that show them.

    `sent` gives a field that was not sent the name by which it was. Of thousands of mistakes none is told: putting
    them into words would take longer than making them.
    """
    if error.error_count() > MOST_PROBLEMS:
        return BadInput(summary=f"More than {MOST_PROBLEMS} things are wrong with it")
    told: dict[tuple[str, ...], str] = {}
    for detail in error.errors(include_url=False, include_input=False):
        told.setdefault(_fields_of(detail, place=place, sent=sent or {}), sentence_of(detail))
    fields, message = next(iter(told.items()))
    summary = f"{', '.join(fields)}: {message}" if any(fields) else message
    problems = tuple(Problem(field, message) for fields, message in told.items() for field in fields)
    return BadInput(summary=summary, problems=problems)


def _fields_of(detail: ErrorDetails, *, place: str, sent: Mapping[str, str]) -> tuple[str, ...]:
    reason = detail.get("ctx", {}).get("error")
    if isinstance(reason, Together):
        return tuple(sent.get(field, field) for field in reason.fields)
    field = ".".join(str(part)[:LONGEST_NAME] for part in detail["loc"]) or place
    return (sent.get(field, field),)


def refuse_nul(text: str | bytes) -> None:
    """PostgreSQL can't keep the character NUL; nobody means to send it."""
    if (b"\x00" in text or b"\\u0000" in text) if isinstance(text, bytes) else "\x00" in text:
        raise BadInput(summary="The request contains a NUL character")


@dataclass(frozen=True)
class Inputs:
    """What one door's function wants: path parameters, a query model, a body model or an upload with its form."""

    path: dict[str, TypeAdapter[Any]]
    query: tuple[str, type[BaseModel]] | None
    body: tuple[str, type[BaseModel]] | None
    upload: tuple[str, type[Upload]] | None
    form: tuple[str, type[Form]] | None

    @classmethod
    def of(cls, function: Callable[..., Any], path: str) -> "Inputs":
        found = cls({}, None, None, None, None)
        for name, parameter in inspect.signature(function, eval_str=True).parameters.items():
            hint = parameter.annotation
            if f"{{{name}}}" in path:
                found.path[name] = TypeAdapter(hint)
            elif isinstance(hint, type) and issubclass(hint, Upload):
                object.__setattr__(found, "upload", (name, hint))
            elif isinstance(hint, type) and issubclass(hint, QueryString):
                object.__setattr__(found, "query", (name, hint))
            elif isinstance(hint, type) and issubclass(hint, In):
                object.__setattr__(found, "body", (name, hint))
            elif isinstance(hint, type) and issubclass(hint, Form):
                object.__setattr__(found, "form", (name, hint))
        return found

    @property
    def reads_files(self) -> bool:
        """Whether what is in an upload is read before the door's function begins."""
        return self.upload is not None and self.upload[1] is not Upload

    async def read(self, call: Call) -> dict[str, Any]:
        """The function's arguments, or BadInput, TooLarge, UnsupportedMedia."""
        arguments: dict[str, Any] = {}
        for name, adapter in self.path.items():
            try:
                refuse_nul(call.in_path[name])
                arguments[name] = adapter.validate_python(call.in_path[name])
            except ValidationError as error:
                raise refuse(error, place=name) from error
        call.place = tuple(str(arguments[name]) for name in self.path)
        if self.query:
            name, model = self.query
            asked = call.request.query_params if call.request.scope["query_string"] else {}
            filled = {each: value for each, value in asked.items() if value.strip()}
            arguments[name] = call.query = _given(filled, model)
        if self.body:
            name, model = self.body
            arguments[name] = await _read_json(call, model)
        if self.upload:
            name, kind = self.upload
            upload, fields = await _read_upload(call)
            arguments[name] = await _read_in_turn(kind, upload, call.house.settings) if self.reads_files else upload
            if self.form:
                name, model = self.form
                arguments[name] = _given(fields, model)
        return arguments


def _given(fields: Mapping[str, str], model: type[BaseModel]) -> BaseModel:
    """What was filled in, as the model wants it."""
    given = {name: value for name, value in fields.items() if value != ""}
    for value in given.values():
        refuse_nul(value)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        also = model.spelt_also if issubclass(model, QueryString) else {}
        sent = {name: other for name, other in also.items() if name not in given and other in given}
        raise refuse(error, sent=sent) from error


async def _read_json(call: Call, model: type[BaseModel]) -> BaseModel:
    kind = (call.headers.get("content-type") or "").split(";", 1)[0].strip().lower()
    limit = call.house.settings.body_limit_bytes
    raw = await read_body(call, limit if call.actor else min(limit, STRANGERS_BYTES))
    if kind != "application/json" and (raw or kind):
        raise UnsupportedMedia(expected="application/json")
    refuse_nul(raw)
    try:
        return model.model_validate(read_json(raw or b"{}"))
    except ValidationError as error:
        raise refuse(error) from error


async def _read_upload(call: Call) -> tuple[Upload, dict[str, str]]:
    request, limit = call.request, call.house.settings.upload_limit_bytes
    if not (call.headers.get("content-type") or "").lower().startswith("multipart/form-data"):
        raise UnsupportedMedia(expected="multipart/form-data")
    raw = await read_body(call, limit)

    async def replay() -> dict[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    try:
        async with Request(request.scope, replay).form(max_files=1, max_fields=20, max_part_size=limit) as form:
            upload, fields = await _upload_in(form)
    except (HTTPException, MultiPartException, ValueError, KeyError) as error:
        raise BadInput(summary="The form could not be read") from error
    said = json.dumps([sorted(fields.items()), upload.filename]).encode()
    call.body = b"\n".join((said, upload.content))
    return upload, fields


async def _read_in_turn(kind: type[Upload], upload: Upload, settings: Settings) -> Upload:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(READER, partial(kind.read, upload.filename, upload.content, settings=settings))


async def _upload_in(form: FormData) -> tuple[Upload, dict[str, str]]:
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise BadInput(summary="file: is required", problems=(Problem("file", "is required"),))
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    refuse_nul(file.filename or "")
    return Upload(file.filename or "upload", await file.read()), fields
