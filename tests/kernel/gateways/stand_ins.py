"""Razorpay and Stripe on loopback, as far as refunds go: their paths, bodies, errors, keys, and their bad days.

A bad day is told by `fault`, which the next refund meets: error_500 (nothing happens), error_500_late (it happens, and
then they fail), lost (it happens, and the connection breaks), hang (it happens, and nobody answers), throttled, page.
"""

import base64
import contextlib
import itertools
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]
SECRET = "sk_test_stand_in"
KEY_ID = "rzp_test_stand_in"
AFTERWARDS = ("error_500_late", "lost", "hang")


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Answer(Exception):
    def __init__(self, status: int, body: Json | bytes, **headers: str) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers


@dataclass
class StandIn:
    """`captured` says what each payment brought; a refund is at once what `becomes` says."""

    captured: dict[str, int] = field(default_factory=dict)
    becomes: str = ""
    fault: str = ""
    says: Answer | None = None
    refunds: list[Json] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answered: dict[str, tuple[Json, Answer]] = field(default_factory=dict)
    address: str = ""
    ended: threading.Event = field(default_factory=threading.Event)
    alone: threading.Lock = field(default_factory=threading.Lock)
    count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def answer(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def by_hand(self, payment: str, amount: int, **facts: Any) -> Json:
        raise NotImplementedError

    def given(self, payment: str) -> int:
        return sum(one["amount"] for one in self.refunds if one["payment"] == payment and one["status"] != "failed")

    def take_fault(self) -> str:
        fault, self.fault = self.fault, ""
        return fault


class RazorpayStandIn(StandIn):
    def answer(self, asked: Asked) -> Answer:
        told = base64.b64decode(asked.headers.get("authorization", "").removeprefix("Basic ")).decode()
        if told != f"{KEY_ID}:{SECRET}":
            return self._no(401, "Authentication failed")
        match [asked.method, *asked.path.strip("/").split("/")]:
            case ["GET", "v1", "payments"]:
                return Answer(200, {"entity": "collection", "count": 0, "items": []})
            case ["GET", "v1", "payments", payment, "refunds"]:
                return self._listed([one for one in self.refunds if one["payment"] == payment], asked.query)
            case ["GET", "v1", "refunds"]:
                since, until = int(asked.query.get("from", 0)), int(asked.query.get("to", 2**40))
                return self._listed([one for one in self.refunds if since <= one["created_at"] <= until], asked.query)
            case ["POST", "v1", "payments", payment, "refund"]:
                return self._refund(payment, json.loads(asked.body), key=asked.headers.get("x-refund-idempotency", ""))
        return self._no(404, "The requested URL was not found on the server.")

    def _listed(self, refunds: list[Json], query: dict[str, str]) -> Answer:
        begin, count = int(query.get("skip", 0)), min(int(query.get("count", 10)), 100)
        page = [self._shown(one) for one in reversed(refunds)][begin : begin + count]
        return Answer(200, {"entity": "collection", "count": len(page), "items": page})

    def by_hand(self, payment: str, amount: int, **facts: Any) -> Json:
        """Somebody gives money back in the dashboard."""
        made = {"notes": [], "receipt": None, "status": "processed", "created_at": int(time.time())}
        self.refunds.append(
            {"id": f"rfnd_{next(self.count):014d}", "payment": payment, "amount": amount, **made, **facts}
        )
        return self.refunds[-1]

    def _refund(self, payment: str, body: Json, *, key: str) -> Answer:
        if key in self.answered:
            first, answer = self.answered[key]
            return answer if first == body else self._no(400, "Different request body sent for same Idempotency Header")
        if payment not in self.captured:
            return self._no(400, "The id provided does not exist")
        if self.given(payment) + body["amount"] > self.captured[payment]:
            whole = self.given(payment) >= self.captured[payment]
            more = "The total refund amount is greater than the refund payment amount"
            return self._no(400, "The payment has been fully refunded already" if whole else more)
        refund = {
            "id": f"rfnd_{next(self.count):014d}",
            "payment": payment,
            **body,
            "status": self.becomes or "processed",
            "created_at": int(time.time()),
        }
        self.refunds.append(refund)
        self.answered[key] = (body, Answer(200, self._shown(refund)))
        return self.answered[key][1]

    def _shown(self, refund: Json) -> Json:
        shown = {name: value for name, value in refund.items() if name != "payment"}
        return {"currency": "INR", **shown, "entity": "refund", "payment_id": refund["payment"]}

    def _no(self, status: int, description: str) -> Answer:
        return Answer(status, {"error": {"code": "BAD_REQUEST_ERROR", "description": description, "source": "NA"}})


class StripeStandIn(StandIn):
    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {SECRET}":
            return self._no(401, type="invalid_request_error", message="Invalid API Key provided")
        match [asked.method, *asked.path.strip("/").split("/")]:
            case ["GET", "v1", "balance"]:
                return Answer(200, {"object": "balance", "available": []})
            case ["GET", "v1", "refunds"]:
                return self._listed(asked.query)
            case ["GET", "v1", "refunds", refund_id]:
                return Answer(200, next(self._shown(one) for one in self.refunds if one["id"] == refund_id))
            case ["POST", "v1", "refunds"]:
                return self._keyed(dict(parse_qsl(asked.body.decode())), key=asked.headers.get("idempotency-key", ""))
        return self._no(404, type="invalid_request_error", message="Unrecognized request URL")

    def _keyed(self, body: Json, *, key: str) -> Answer:
        """The first answer under a key is kept, whatever it is, but for requests that are no refund at all."""
        if key in self.answered:
            first, answer = self.answered[key]
            if first != body:
                return self._no(400, type="idempotency_error", message="Keys can only be used with the same parameters")
            return Answer(answer.status, answer.body, **{"Idempotent-Replayed": "true"})
        answer = self._refund(body)
        self.answered[key] = (body, answer)
        return answer

    def keep_failure(self, asked: Asked) -> None:
        """The same key brings the same failure again."""
        broken = self._no(500, type="api_error", message="Sorry, something went wrong on our end")
        self.answered[asked.headers["idempotency-key"]] = (dict(parse_qsl(asked.body.decode())), broken)

    def _refund(self, body: Json) -> Answer:
        payment, amount = body.get("payment_intent") or body.get("charge"), int(body["amount"])
        if payment not in self.captured:
            return self._no(
                404, type="invalid_request_error", code="resource_missing", message="No such payment_intent"
            )
        left = self.captured[payment] - self.given(payment)
        if left == 0:
            return self._no(
                400, type="invalid_request_error", code="charge_already_refunded", message="already refunded"
            )
        if amount > left:
            return self._no(400, type="invalid_request_error", param="amount", message="greater than unrefunded amount")
        refund = {
            "id": f"re_{next(self.count):014d}",
            "payment": payment,
            "amount": amount,
            "metadata": {"refund_id": body["metadata[refund_id]"]},
            "status": self.becomes or "succeeded",
            "created": int(time.time()),
        }
        self.refunds.append(refund)
        return Answer(200, self._shown(refund))

    def by_hand(self, payment: str, amount: int, **facts: Any) -> Json:
        """Somebody gives money back in the dashboard."""
        made = {"metadata": {}, "status": "succeeded", "created": int(time.time())}
        self.refunds.append(
            {"id": f"re_{next(self.count):014d}", "payment": payment, "amount": amount, **made, **facts}
        )
        return self.refunds[-1]

    def _listed(self, query: dict[str, str]) -> Answer:
        of, since = query.get("payment_intent") or query.get("charge"), int(query.get("created[gte]", 0))
        found = [one for one in reversed(self.refunds) if of in (None, one["payment"]) and one["created"] >= since]
        mine = [self._shown(one) for one in found]
        after = [one["id"] for one in mine].index(query["starting_after"]) + 1 if "starting_after" in query else 0
        page = mine[after : after + min(int(query.get("limit", 10)), 100)]
        more = len(mine) > after + len(page)
        return Answer(200, {"object": "list", "url": "/v1/refunds", "has_more": more, "data": page})

    def _shown(self, refund: Json) -> Json:
        kind = "charge" if refund["payment"].startswith("ch_") else "payment_intent"
        shown = {name: value for name, value in refund.items() if name != "payment"}
        return {"currency": "inr", **shown, "object": "refund", kind: refund["payment"]}

    def _no(self, status: int, **error: str) -> Answer:
        return Answer(status, {"error": error})


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            with stand_in.alone:
                stand_in.asked.append(f"{self.command} {parts.path}")
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)
            answer = _answer(stand_in, asked)
            if answer is None:
                self.close_connection = True
                self.connection.shutdown(2)
                return
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(content)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextlib.contextmanager
def running(stand_in: StandIn) -> Iterator[None]:
    """Serves it on loopback; its address is in `address` meanwhile."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(stand_in)) as server:
        server.daemon_threads = True
        stand_in.address = f"http://127.0.0.1:{server.server_address[1]}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield
        finally:
            stand_in.ended.set()
            server.shutdown()
            serving.join()


def _answer(stand_in: StandIn, asked: Asked) -> Answer | None:
    """None breaks the connection."""
    with stand_in.alone:
        fault = stand_in.take_fault() if asked.method == "POST" else ""
        if asked.method == "POST" and stand_in.says is not None:
            return stand_in.says
        if fault == "throttled":
            return Answer(
                429, {"error": {"code": "BAD_REQUEST_ERROR", "description": "Too many requests", "type": "api"}}
            )
        if fault == "page":
            return Answer(502, b"<h1>Bad Gateway</h1>")
        if fault == "error_500":
            return Answer(500, {"error": {"code": "SERVER_ERROR", "description": "broken", "type": "api_error"}})
        answer = stand_in.answer(asked)
        if fault == "error_500_late" and isinstance(stand_in, StripeStandIn):
            stand_in.keep_failure(asked)
    if fault == "hang":
        stand_in.ended.wait(60)
    if fault in AFTERWARDS:
        return Answer(500, {"error": {"code": "SERVER_ERROR"}}) if fault == "error_500_late" else None
    return answer
