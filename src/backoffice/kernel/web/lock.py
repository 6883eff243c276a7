"""The way through a door: who are you, may you, how often, then the read or the write, then the bytes.

A read checks the session and runs its statements in one batch; nothing leaves before the session is confirmed.
A write checks the session, claims the idempotency key, acts, keeps its answer, commits, and only then answers; some
doors wait for what comes of it before they do.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

import orjson
from starlette.responses import Response

from backoffice.kernel.actor import Actor, ActorKind
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.database.query import Db, Query, together
from backoffice.kernel.errors import Refusal, Unauthenticated
from backoffice.kernel.identity import api_keys, confirming, roles
from backoffice.kernel.identity.rules import PasswordChangeDue
from backoffice.kernel.identity.step_up import require_proof
from backoffice.kernel.tokens import TokenExpired
from backoffice.kernel.web import idempotency
from backoffice.kernel.web.call import Ahead, Call
from backoffice.kernel.web.idempotency import Replay
from backoffice.kernel.web.inputs import Inputs
from backoffice.kernel.web.outcome import Look, seen_now, wait_for
from backoffice.kernel.web.pace import SAFE, address_of, count_at_door, count_call, count_refused
from backoffice.kernel.web.product import Product
from backoffice.kernel.web.reading import Reading
from backoffice.kernel.web.refusals import PermissionDenied, ScopeMissing
from backoffice.kernel.web.undaunted import beside, in_time
from backoffice.kernel.write.transaction import Terms, Tx, held_to

ENCODING = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
Headers = Sequence[tuple[bytes, bytes]]
Answer = tuple[int, bytes | Response, Headers]


class Way(Enum):
    """How a door reaches the database."""

    READ = "read"
    WRITE = "write"
    OWN = "own"


class KeyRule(Enum):
    """What an Idempotency-Key means to a write."""

    HONOURED = "honoured"
    REQUIRED = "required"
    IGNORED = "ignored"


@dataclass(frozen=True)
class Lock:
    """Everything a door checks and knows. `public` says why a door has no permission.

    `scope` is what an API key needs, at the doors of platforms. `unlimited` says why a public door counts nobody's
    calls, except those that are refused for want of a proof. `outcome` looks for what comes of a write. `step_up` asks
    for a code of the caller's second factor, given in this session within ten minutes. `per_minute` is how often one
    person may call this very door. `undaunted` doors answer even where the database can't be asked who is still in.
    `ahead` looks outside before a write begins, and leaves `call.seen` what it saw.
    """

    product: Product
    function: Callable[..., Awaitable[Any]]
    inputs: Inputs
    way: Way
    status: int
    permission: str | None
    public: str | None
    unlimited: str | None
    scope: str | None
    acts: frozenset[Act]
    key_rule: KeyRule
    even_if_password_due: bool
    outcome: Look | None
    step_up: bool
    per_minute: int | None = None
    undaunted: bool = False
    ahead: Ahead | None = None

    async def open(self, call: Call) -> Answer:
        """Let the call through, or raise the refusal."""
        if self.public is not None:
            return await self._open_public(call)
        call.actor = await self._identified(call)
        who = f"{call.actor.kind}:{call.actor.id}"
        await count_call(call, who, product=self.product.name, is_platform=self.scope is not None)
        if self.per_minute is not None:
            await count_at_door(call, who, per_minute=self.per_minute, product=self.product.name)
        if self.scope is None and self.product.is_made_role(call.actor.role):
            asking = roles.with_permissions(call.house, call.actor, book=self.product.role_book)
            call.actor = await (in_time(asking) if self.undaunted else asking)
        self._require_allowed(call.actor)
        if self.inputs.reads_files or self.ahead is not None:
            await self._confirm_now(call)
        arguments = await self.inputs.read(call)
        if self.ahead is not None:
            call.seen = await self.ahead(call, arguments)
        if "call" in self.function.__annotations__:
            arguments["call"] = call
        if self.way is Way.READ:
            return self._answer(await self._read(call, arguments))
        if self.way is Way.WRITE:
            return await self._write(call, arguments)
        if self.undaunted:
            return self._answer(await beside(self._confirm_now(call), self.function(**arguments)))
        await self._confirm_now(call)
        with held_to(Terms(self.acts, partial(self._confirm_again, call.actor))):
            return self._answer(await self.function(**arguments))

    async def _open_public(self, call: Call) -> Answer:
        if self.unlimited is None:
            await count_call(call, address_of(call), product=self.product.name, is_platform=False)
        try:
            with held_to(Terms(self.acts, None)):
                return self._answer(await self.function(call=call, **await self.inputs.read(call)))
        except Unauthenticated:
            if self.unlimited is not None:
                await count_call(call, address_of(call), product=self.product.name, is_platform=False)
            raise

    async def _identified(self, call: Call) -> Actor:
        """Who calls. Only proofs that don't hold are counted: whoever has a good one notices no neighbour who guesses.

        A token that ran out is no guess. It counts for its own session, because a whole office may wake up with one.
        """
        try:
            return await self._of_platform(call) if self.scope is not None else self._signed_in(call)
        except TokenExpired as late:
            await count_refused(call, f"session:{late.session_id}", product=self.product.name)
            raise
        except Unauthenticated:
            await count_refused(call, address_of(call), product=self.product.name)
            raise

    def _require_allowed(self, actor: Actor) -> None:
        if self.scope is not None and self.scope not in actor.permissions:
            raise ScopeMissing(required_scope=self.scope)
        if self.permission is not None and self.permission not in actor.permissions:
            having = ", ".join(self.product.roles_with(self.permission))
            raise PermissionDenied(required_permission=self.permission, roles=having)

    def _signed_in(self, call: Call) -> Actor:
        """The person the token names; whether their session lives is asked together with what they want."""
        scheme, _, token = (call.headers.get("authorization") or "").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated
        claims = call.house.tokens.read("access", token.strip(), product=self.product.name)
        return Actor(
            kind=ActorKind.STAFF,
            id=claims.staff_id,
            label=claims.username,
            product=self.product.name,
            role=claims.role,
            permissions=self.product.permissions_of(claims.role),
            session_id=claims.session_id,
        )

    async def _of_platform(self, call: Call) -> Actor:
        """The platform whose API key came with the call."""
        secret = call.headers.get(api_keys.HEADER)
        return await api_keys.find_platform(call.house, secret, product=self.product.name)

    async def _confirm_now(self, call: Call) -> None:
        """Whoever's session has ended costs nothing more; the connection is let go again."""
        async with call.house.database.read() as db:
            self._require_live(await self._confirm(db, call.caller))
            if self.step_up:
                await require_proof(db, call.caller)

    def _confirm(self, db: Db, actor: Actor) -> Query[bool | None]:
        """Whether the session, or the platform's key, still holds; None when it does not."""
        if actor.kind is ActorKind.PLATFORM:
            return api_keys.confirm_key(db, actor.session_id or "")
        if self.product.idle_minutes is not None:
            return confirming.confirm_recent_session(db, actor, idle_minutes=self.product.idle_minutes)
        if self.product.is_made_role(actor.role):
            held = self.product.role_book.read_back(actor.permissions) if self.product.role_book else []
            return confirming.confirm_made_role(db, actor, held=held)
        return confirming.confirm_session(db, actor)

    async def _confirm_again(self, actor: Actor, tx: Tx) -> None:
        """Inside a write of the door's own: whoever was shut out since writes nothing."""
        self._require_live(await self._confirm(tx, actor))
        if self.step_up:
            await require_proof(tx, actor)

    def _require_live(self, confirmed: bool | None) -> None:
        if confirmed is None:
            raise Unauthenticated
        if confirmed and not self.even_if_password_due:
            raise PasswordChangeDue

    async def _read(self, call: Call, arguments: dict[str, Any]) -> Any:
        actor = call.caller
        reading = Reading(
            call,
            confirm=lambda db: self._confirm(db, actor),
            require_live=self._require_live,
            ask=lambda db: self.function(db=db, **arguments),
            prove=(lambda db: require_proof(db, actor)) if self.step_up else None,
        )
        return await reading.answer()

    async def _write(self, call: Call, arguments: dict[str, Any]) -> Answer:
        actor = call.caller
        if self._may_look(call):
            return await self._look(call, arguments)
        key = None
        if self.key_rule is not KeyRule.IGNORED:
            key = idempotency.key_of(call.headers, required=self.key_rule is KeyRule.REQUIRED)
        try:
            with idempotency.one_at_a_time():
                async with call.house.database.write(actor, call.context, declared=self.acts) as tx:
                    if key is None:
                        (live,) = await together(self._confirm(tx, actor))
                        self._require_live(live)
                        if self.step_up:
                            await require_proof(tx, actor)
                        answer = self._answer(await self.function(tx=tx, **arguments))
                    else:
                        answer = await self._write_once(tx, call, arguments, key)
        except Replay as first:
            return await self._replayed(call, first)
        await call.house.cache.note_write(actor.id)
        return await self._with_outcome(call, answer)

    async def _replayed(self, call: Call, first: Replay) -> Answer:
        if self.outcome is None:
            return first.status, first.answer, idempotency.REPLAYED
        seen = await seen_now(self.outcome, call.house.database, committed=first.answer)
        return first.status, orjson.dumps(seen, option=ENCODING), idempotency.REPLAYED

    async def _with_outcome(self, call: Call, answer: Answer) -> Answer:
        status, committed, headers = answer
        if self.outcome is None or not isinstance(committed, bytes):
            return answer
        seconds = call.house.settings.outcome_wait_seconds
        seen = await wait_for(self.outcome, call.house.database, committed=committed, seconds=seconds)
        return status, orjson.dumps(seen, option=ENCODING), headers

    def _may_look(self, call: Call) -> bool:
        """Whether the session question is the plain one, which PostgreSQL can answer by itself."""
        is_plain = self.product.idle_minutes is None and not self.product.is_made_role(call.caller.role)
        return call.request.method in SAFE and is_plain and not self.step_up

    async def _look(self, call: Call, arguments: dict[str, Any]) -> Answer:
        """A read that is recorded. Its session question goes ahead; whoever it refuses leaves no record."""
        actor = call.caller
        try:
            async with call.house.database.write(actor, call.context, declared=self.acts) as tx:
                tx.send_ahead(confirming.require_session(tx, actor, even_if_password_due=self.even_if_password_due))
                try:
                    return self._answer(await self.function(tx=tx, **arguments))
                except Refusal:
                    if not tx.begun:
                        await tx.ready()
                    raise
        except Unauthenticated:
            await self._confirm_now(call)
            raise

    async def _write_once(self, tx: Tx, call: Call, arguments: dict[str, Any], key: str) -> Answer:
        request = idempotency.ticketed(call, key)
        live, claimed = await together(self._confirm(tx, call.caller), idempotency.claim(tx, request))
        self._require_live(live)
        idempotency.answer_before(claimed, request)
        if self.step_up:
            await require_proof(tx, call.caller)
        status, answer, headers = self._answer(await self.function(tx=tx, **arguments))
        if isinstance(answer, bytes):
            tx.send_ahead(idempotency.keep(tx, request, status=status, answer=answer))
        return status, answer, headers

    def _answer(self, answer: Any) -> Answer:
        if isinstance(answer, Response):
            return answer.status_code, answer, ()
        return self.status, b"" if answer is None else orjson.dumps(answer, option=ENCODING), ()
