"""Declaring doors. Whoever declares one names its permission, its errors and its audit acts.

    door = Doors(DESK, tag="Tickets")

    @door.patch("/tickets/{ticket_id}/status", permission=Desk.TICKETS_WORK, audit=[Act.TICKET_MOVED], errors=[...])
    async def move_ticket(ticket_id: Id, body: StatusIn, tx: Tx) -> Success[MovedOut]: ...

The annotations say what a door is: `tx: Tx` makes it a write, `db: Db` a read, `call: Call` alone leaves the database
to its action. One that returns None has the status 204, and no body. What happens on the way in is in lock.py.
"""

import inspect
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypedDict, TypeVar

from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from typing_extensions import Unpack

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.database.query import Db
from backoffice.kernel.errors import MethodNotAllowed, Refusal
from backoffice.kernel.identity.step_up import MfaRequired, StepUpRequired
from backoffice.kernel.web.call import Ahead, Call
from backoffice.kernel.web.inputs import Inputs
from backoffice.kernel.web.lock import KeyRule, Lock, Way
from backoffice.kernel.web.openapi import Operation, documented
from backoffice.kernel.web.outcome import Look
from backoffice.kernel.web.pace import SAFE
from backoffice.kernel.web.product import Product
from backoffice.kernel.write.transaction import Tx

F = TypeVar("F", bound=Callable[..., Any])
JSON = (b"content-type", b"application/json")
STEP_UP_ERRORS: tuple[type[Refusal], ...] = (MfaRequired, StepUpRequired)
"""What every door with `step_up` may answer."""


class DoorWithoutLock(Exception):
    """A door names neither a permission nor why it is public: the application does not start."""


class Door(Route):
    """One operation: its lock answers it, and whoever finds it hands it the call.

    What FastAPI makes of it is for the documents alone, and made when somebody asks for them: it would take half of the
    time in which a process starts.
    """

    def __init__(
        self, doors: "Doors", method: str, *, path: str, lock: Lock, errors: tuple[type[Refusal], ...]
    ) -> None:
        super().__init__(path, lock.function)
        self.lock, self.errors = lock, errors
        self.methods = {method}
        self.path_regex = re.compile(self.path_regex.pattern.removesuffix("$") + r"\Z")
        self.operation = Operation(
            method,
            path,
            tag=doors.tag,
            summary=lock.function.__name__.replace("_", " ").capitalize(),
            operation_id=f"{lock.function.__name__}{doors.named_after}",
            returns=inspect.signature(lock.function, eval_str=True).return_annotation,
        )

    @cached_property
    def documented(self) -> APIRoute:
        return documented(self.operation, self.lock, errors=self.errors)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Only the router comes here, with a path that has doors for other methods."""
        raise MethodNotAllowed(allowed=_methods_at(scope, self.path_format))

    async def answer(self, call: Call, send: Send) -> None:
        status, answer, more = await self.lock.open(call)
        if isinstance(answer, Response):
            await answer(call.request.scope, call.request.receive, send)
            return
        body = [JSON, (b"content-length", str(len(answer)).encode())] if answer else []
        headers = [*body, *more, *call.said]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


def _methods_at(scope: Scope, path: str) -> tuple[str, ...]:
    doors = [route for route in scope["app"].router.routes if isinstance(route, Door) and route.path_format == path]
    return tuple(sorted({method for door in doors for method in door.methods or ()}))


class Terms(TypedDict, total=False):
    """What a door declares: who may (a permission of staff, a scope of a platform's API key), or why anyone may
    (`public`); what it audits and refuses; its success status.

    `unlimited` says why a public door answers one address as often as it calls. `outcome` looks for what comes of a
    write after its commit: the door waits for that, and answers with it.
    `step_up` asks for a fresh code of the caller's second factor. `per_minute` is how often one person may call it.
    `undaunted` doors, with `call` alone, answer also while the database is away or silent: see undaunted.py.
    `ahead` looks outside before the write begins: no transaction is open over the network.
    """

    permission: str
    scope: str
    public: str
    unlimited: str
    audit: Sequence[Act]
    errors: Sequence[type[Refusal]]
    status: int
    key: KeyRule
    even_if_password_due: bool
    outcome: Look
    step_up: bool
    per_minute: int
    undaunted: bool
    ahead: Ahead


class Doors:
    """The doors of one capability, in the order in which they are tried."""

    def __init__(self, product: Product, *, tag: str, prefix: str) -> None:
        self.product = product
        self.tag = tag
        self.prefix = prefix
        self.made: list[Door] = []
        self.named_after = ""

    def get(self, path: str, **terms: Unpack[Terms]) -> Callable[[F], F]:
        return self._declare("GET", path, terms)

    def post(self, path: str, **terms: Unpack[Terms]) -> Callable[[F], F]:
        return self._declare("POST", path, terms)

    def put(self, path: str, **terms: Unpack[Terms]) -> Callable[[F], F]:
        return self._declare("PUT", path, terms)

    def patch(self, path: str, **terms: Unpack[Terms]) -> Callable[[F], F]:
        return self._declare("PATCH", path, terms)

    def delete(self, path: str, **terms: Unpack[Terms]) -> Callable[[F], F]:
        return self._declare("DELETE", path, terms)

    def also_at(self, prefix: str, *, tag: str) -> "Doors":
        """The same doors below another prefix, for clients that ask there: whatever changes here changes there."""
        twins = Doors(self.product, tag=tag, prefix=prefix)
        twins.named_after = re.sub(r"\W", "_", prefix)
        for door in self.made:
            path = prefix + door.path_format.removeprefix(self.prefix)
            twins.made.append(Door(twins, door.operation.method, path=path, lock=door.lock, errors=door.errors))
        return twins

    def _declare(self, method: str, path: str, terms: Terms) -> Callable[[F], F]:
        permission, scope, public = terms.get("permission"), terms.get("scope"), terms.get("public")
        if [permission, scope, public].count(None) != 2:
            raise DoorWithoutLock(f"{method} {path} must name a permission, or an API key's scope, or why it is public")

        def declare(function: F) -> F:
            way = _way_of(function)
            honours_keys = way is Way.WRITE and method not in SAFE
            lock = Lock(
                product=self.product,
                function=function,
                inputs=Inputs.of(function, path),
                way=way,
                status=terms.get("status", 200),
                permission=permission,
                public=public,
                unlimited=terms.get("unlimited"),
                scope=scope,
                acts=frozenset(terms.get("audit", ())),
                key_rule=terms.get("key", KeyRule.HONOURED) if honours_keys else KeyRule.IGNORED,
                even_if_password_due=terms.get("even_if_password_due", False),
                outcome=terms.get("outcome"),
                step_up=terms.get("step_up", False),
                per_minute=terms.get("per_minute"),
                undaunted=terms.get("undaunted", False),
                ahead=terms.get("ahead"),
            )
            errors = (*terms.get("errors", ()), *(STEP_UP_ERRORS if lock.step_up else ()))
            self.made.append(Door(self, method, path=self.prefix + path, lock=lock, errors=errors))
            return function

        return declare


def _way_of(function: Callable[..., Any]) -> Way:
    hints = inspect.signature(function, eval_str=True).parameters.values()
    kinds = {parameter.annotation for parameter in hints}
    return Way.WRITE if Tx in kinds else Way.READ if Db in kinds else Way.OWN
