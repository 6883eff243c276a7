"""Each of the marketplace's reads beside the same one as an ordinary Django REST framework view, in turn."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks import load
from benchmarks.against import Refused, Served, in_turn
from benchmarks.ground import HOST
from benchmarks.load import Wanted
from benchmarks.marketplace.booked import HERE
from benchmarks.marketplace.figures import TIMES_PLAIN, last_year
from benchmarks.peers import serving
from benchmarks.plan import Finding, Plan

PEER = "django_rest"
CASE = "beside Django REST"
TIMES_LIST, TIMES_DETAIL = 15, 6
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Read:
    """`address` has a place for one of these where it is about one; `times` is how much faster we should be.

    What takes the peer seconds is asked `once` a round, by one connection; what counts is how long it takes.
    """

    what: str
    address: str
    times: int
    about: str = "customers"
    once: bool = False


READS = (
    Read("customers", f"{HERE}/users", TIMES_LIST),
    Read("queue of disputes", f"{HERE}/disputes", TIMES_LIST),
    Read("a customer's bookings", f"{HERE}/users/{{}}/bookings", TIMES_DETAIL),
    Read("customer", f"{HERE}/users/{{}}", TIMES_DETAIL),
    Read("bookings", f"{HERE}/bookings", TIMES_LIST),
    Read("bookings of a status", f"{HERE}/bookings?status=confirmed", TIMES_LIST),
    Read("booking", f"{HERE}/bookings/{{}}", TIMES_DETAIL, about="bookings"),
    Read("bookings of a year", f"{HERE}/analytics/bookings?{last_year()}", TIMES_PLAIN, once=True),
    Read("revenue of a year", f"{HERE}/analytics/revenue?{last_year()}", TIMES_PLAIN, once=True),
)


def beside(plan: Plan, here: Served, *, ids: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """How many times faster than the peer. Both answer alike, or nothing is measured: Refused."""
    try:
        with serving.served(here.ground, plan.data, peer=PEER) as port:
            for read in READS:
                yield from _measured(plan, here, read=read, port=port, ids=ids[read.about])
    except subprocess.CalledProcessError as error:
        yield Finding(CASE, "not measured", f"its packages can't be installed: pip ended with {error.returncode}")


def _measured(plan: Plan, here: Served, *, read: Read, port: int, ids: Sequence[str]) -> Iterator[Finding]:
    token = here.ground.token
    paths = list(dict.fromkeys(read.address.format(one) for one in ids))
    sides = [_facts(_ask(side, paths[0], token)) for side in (here.port, port)]
    told = {name: sides[0].get(name) for name in sides[1]}
    if told != sides[1]:
        raise Refused(f"{paths[0]}: the peer answers otherwise: {told!r} and {sides[1]!r}")
    connections = 1 if read.once else plan.connections
    requests = [load.get(path, token) for path in paths]
    if read.once:
        peers = Wanted(port, requests[:1], PATIENCE_SECONDS, connections, once=True)
    else:
        peers = Wanted(port, requests, plan.seconds, connections)
    ours, theirs = in_turn(plan, here.asking(plan, paths, connections=connections), peers)
    times = theirs.p50 / ours.p50 if read.once else ours.per_second / theirs.per_second
    yield Finding(CASE, f"{read.what}: the door", str(ours))
    yield Finding(CASE, f"{read.what}: the view", str(theirs))
    yield Finding(CASE, f"{read.what}: faster by", f"{times:.1f} x", f"≥ {read.times} x", times >= read.times)


def _ask(port: int, path: str, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.get(f"http://{HOST}:{port}{path}", headers=headers, timeout=PATIENCE_SECONDS)
    return answer.raise_for_status().json()


def _facts(answer: Any) -> dict[str, Any]:
    """What the peer must tell as we do: a page's ids and total, the sums of a period, or plain values of one row that
    are no moment."""
    data = answer["data"]
    if isinstance(data, list):
        return {"ids": [one["id"] for one in data], "total": answer["meta"]["total"]}
    if "items" in data:
        return {"ids": [one["id"] for one in data["items"]], "total": data["total"]}
    told = data.get("summary", data) if "time_series" in data else data
    plain = {name: value for name, value in told.items() if isinstance(value, bool | int | str)}
    return {name: value for name, value in plain.items() if not name.endswith("_at")}
