"""Knocking at every door of every product: an address with unknown ids, and a body that its model accepts."""

import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_type_hints
from uuid import UUID, uuid4

import httpx
from pydantic import BaseModel
from typing_extensions import is_typeddict

from backoffice.application import described
from backoffice.kernel.web.door import Door
from backoffice.kernel.web.front import Front
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.web.product import Product

Headers = dict[str, str]
Proofs = Mapping[str, Headers]
"""The headers that open doors, by whose proof a knock asks for."""
NO_PROOFS: Proofs = {}
UNKNOWN = {int: "987654321", UUID: "01900000-0000-7000-8000-000000000000", str: "unknown"}
FORMATS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "email": "somebody@desk.example",
    "uri": "https://desk.example/",
    "uuid": UNKNOWN[UUID],
}
FIELDS = {
    "email": "somebody@desk.example",
    "password": "Secret123!",
    "phone_number": "+919876500000",
    "account_number": "000123456789",
    "routing_number": "021000021",
}
"""What fields of these names want beyond what their schema says."""


@dataclass(frozen=True)
class Knock:
    """One door with a request that is right in all but the ids."""

    product: Product
    door: Door
    method: str
    url: str
    sent: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.method} {self.url}"

    @property
    def asks(self) -> str:
        """Whose proof it asks for: that of a product's staff, or of its platform."""
        return f"{self.product.name} platform" if self.door.lock.scope else self.product.name

    @property
    def asked(self) -> dict[str, Any] | None:
        """What its query must say."""
        query = self.door.lock.inputs.query
        return (_sample_of(query[1]) or None) if query else None

    @property
    def has_body(self) -> bool:
        return bool(self.sent)


Sent = Callable[[Knock], dict[str, Any]]
"""What else a knock sends: httpx's keywords, and `url` for another address."""


def knocks(*, public: bool = False) -> list[Knock]:
    """Every door with a lock, or every public one, of every product."""
    return [knock for knock in _all_knocks() if (knock.door.lock.public is not None) is public]


@cache
def _all_knocks() -> list[Knock]:
    apps = described().items()
    return [knock for name, app in apps for knock in _knocks_of(app.product, app.doors, f"/{name}")]


def _knocks_of(product: Product, doors: list[Door], root: str) -> Iterator[Knock]:
    for door in doors:
        url = door.path_format
        for name, parameter in inspect.signature(door.lock.function, eval_str=True).parameters.items():
            if name in door.lock.inputs.path:
                kind = getattr(parameter.annotation, "__origin__", parameter.annotation)
                url = url.replace(f"{{{name}}}", UNKNOWN.get(kind, "unknown"))
        for method in sorted(door.methods or ()):
            yield Knock(product, door, method, root + url, _sent(door))


def _sent(door: Door) -> dict[str, Any]:
    inputs = door.lock.inputs
    if inputs.upload:
        fields = _sample_of(inputs.form[1]) if inputs.form else {}
        return {"files": {"file": ("notes.txt", b"Refunds take three days.", "text/plain")}, "data": fields}
    return {"json": _sample_of(inputs.body[1])} if inputs.body else {}


def _sample_of(model: type[BaseModel]) -> Any:
    schema = model.model_json_schema()
    return _sample(schema, schema)


def _sample(part: dict[str, Any], whole: dict[str, Any]) -> Any:
    """A small value that a JSON schema accepts: what is required, and no more."""
    if "$ref" in part:
        return _sample(whole["$defs"][part["$ref"].rpartition("/")[2]], whole)
    if "const" in part:
        return part["const"]
    if choices := part.get("anyOf") or part.get("oneOf"):
        return _sample(choices[0], whole)
    known = {
        "array": lambda: [_sample(part["items"], whole)] * part.get("minItems", 0),
        "boolean": lambda: True,
        "integer": lambda: part.get("minimum", 1),
        "number": lambda: part.get("exclusiveMinimum", part.get("minimum", 0)) + 1,
        "object": lambda: {
            name: FIELDS.get(name) or _sample(part["properties"][name], whole) for name in part.get("required", [])
        },
        "string": lambda: FORMATS.get(part.get("format", ""), "x" * max(1, part.get("minLength", 1))),
    }
    return part["enum"][0] if "enum" in part else known[part["type"]]()


@asynccontextmanager
async def client_of(application: Front) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://house.test") as client:
        yield client


async def answers(
    application: Front, asked: list[Knock], proofs: Proofs = NO_PROOFS, *, sent: Sent | None = None
) -> list[tuple[Knock, httpx.Response]]:
    """Knock at each of these doors, one after the other, with its proof; `sent` makes another request of a knock."""
    found = []
    async with client_of(application) as client:
        for knock in asked:
            request = sent(knock) if sent else knock.sent
            headers = {**proofs.get(knock.asks, {}), **key_for(knock), **request.get("headers", {})}
            answer = await client.request(
                knock.method,
                request.get("url", knock.url),
                params=knock.asked,
                **{**without_address(request), "headers": headers},
            )
            found.append((knock, answer))
    return found


def key_for(knock: Knock) -> Headers:
    """An idempotency key of its own, where the door asks for one."""
    return {"Idempotency-Key": str(uuid4())} if knock.door.lock.key_rule is KeyRule.REQUIRED else {}


def without_address(request: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name != "url"}


def unlike(found: list[tuple[Knock, httpx.Response]], status: int) -> list[str]:
    """The doors that answered with another status, or in another shape than their product's errors."""
    return [
        f"{knock.name}: {answer.status_code} {answer.text[:120]}"
        for knock, answer in found
        if answer.status_code != status or not has_shape(knock.product, answer)
    ]


def has_shape(product: Product, answer: httpx.Response) -> bool:
    return is_json(answer) and _fits(product.error_model, answer.json())


def _fits(model: type, value: Any) -> bool:
    """Whether a value has the fields of this TypedDict and no others, and what lies in them too.

    Facts of a refusal may stand beside the fields that every error has.
    """
    hints = get_type_hints(model)
    inner = {name: hint for name, hint in hints.items() if is_typeddict(hint)}
    return (
        isinstance(value, dict)
        and set(hints) <= set(value)
        and set(value) - set(hints) <= set(value["details"] if isinstance(value.get("details"), dict) else ())
        and all(_fits(hint, value[name]) for name, hint in inner.items())
    )


def is_json(answer: httpx.Response) -> bool:
    return answer.headers.get("content-type") == "application/json"
