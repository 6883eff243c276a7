"""Each of the marketplace's reads beside the same one as an ordinary Django REST framework view, in turn."""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks import load
from benchmarks.against import Refused, Served, in_turn
from benchmarks.ground import HOST
from benchmarks.load import Wanted
from benchmarks.peers import serving
from benchmarks.plan import Finding, Plan

PEER = "django_rest"
CASE = "beside Django REST"
HERE = "/marketplace/api/v1/admin"
TIMES_LIST, TIMES_DETAIL = 15, 6
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Read:
    """`address` has a place for one of the customers where it is about one; `times` is how much faster we should be."""

    what: str
    address: str
    times: int


READS = (
    Read("customers", f"{HERE}/users", TIMES_LIST),
    Read("queue of disputes", f"{HERE}/disputes", TIMES_LIST),
    Read("a customer's bookings", f"{HERE}/users/{{}}/bookings", TIMES_DETAIL),
    Read("customer", f"{HERE}/users/{{}}", TIMES_DETAIL),
)


def beside(plan: Plan, here: Served, *, ids: Sequence[str]) -> Iterator[Finding]:
    """How many times faster than the peer. Both answer alike, or nothing is measured: Refused."""
    try:
        with serving.served(here.ground, plan.data, peer=PEER) as port:
            for read in READS:
                yield from _measured(plan, here, read=read, port=port, ids=ids)
    except subprocess.CalledProcessError as error:
        yield Finding(CASE, "not measured", f"its packages can't be installed: pip ended with {error.returncode}")


def _measured(plan: Plan, here: Served, *, read: Read, port: int, ids: Sequence[str]) -> Iterator[Finding]:
    token = here.ground.token
    paths = list(dict.fromkeys(read.address.format(one) for one in ids))
    sides = [_facts(_ask(side, paths[0], token)) for side in (here.port, port)]
    if sides[0] != sides[1]:
        raise Refused(f"{paths[0]}: the peer answers otherwise: {sides[0]!r} and {sides[1]!r}")
    peers = Wanted(port, [load.get(path, token) for path in paths], plan.seconds, plan.connections)
    ours, theirs = in_turn(plan, here.asking(plan, paths, connections=plan.connections), peers)
    times = ours.per_second / theirs.per_second
    yield Finding(CASE, f"{read.what}: the door", str(ours))
    yield Finding(CASE, f"{read.what}: the view", str(theirs))
    yield Finding(CASE, f"{read.what}: faster by", f"{times:.1f} x", f"≥ {read.times} x", times >= read.times)


def _ask(port: int, path: str, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.get(f"http://{HOST}:{port}{path}", headers=headers, timeout=PATIENCE_SECONDS)
    return answer.raise_for_status().json()["data"]


def _facts(data: Any) -> Any:
    """What must be the same on both sides: a page's ids and total, or one row's plain values that are no moment."""
    if "items" in data:
        return [one["id"] for one in data["items"]], data["total"]
    plain = {name: value for name, value in data.items() if isinstance(value, bool | int | str)}
    return {name: value for name, value in plain.items() if not name.endswith("_at")}
