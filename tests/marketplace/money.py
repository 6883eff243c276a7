"""How tests move money: refunds through their doors, jobs run by hand, payments as gateways tell of them."""

import itertools
from typing import Any
from uuid import UUID

import httpx

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.marketplace.refund.jobs import send_refund

LARGE = 20_000_000
"""Above the threshold for rupees."""
REFUNDS, PAYMENTS = "/api/v1/admin/refunds", "/api/v1/admin/payments"
_keys = itertools.count(1)


def run_in(house: House) -> JobRun:
    return JobRun(house, system("marketplace", "tests"), Context(), 0)


async def post(staff: httpx.AsyncClient, path: str, **body: Any) -> httpx.Response:
    """A write under a key of its own."""
    return await staff.post(path, json=body, headers={"Idempotency-Key": f"money {next(_keys)}"})


async def approve(staff: httpx.AsyncClient, refund: str, **body: Any) -> httpx.Response:
    return await post(staff, f"{REFUNDS}/{refund}/approve", **body)


async def reject(staff: httpx.AsyncClient, refund: str, **body: Any) -> httpx.Response:
    return await post(staff, f"{REFUNDS}/{refund}/reject", **body)


async def refund(staff: httpx.AsyncClient, payment: dict[str, Any], **body: Any) -> httpx.Response:
    return await post(staff, f"{PAYMENTS}/{payment['id']}/refund", **body)


async def send(house: House, refund_id: str | UUID) -> None:
    """What the worker does after the commit."""
    await send_refund(run_in(house), refund_id=str(refund_id))


def said(answer: httpx.Response) -> tuple[int, str]:
    """The status of a refusal and its code."""
    return answer.status_code, answer.json()["error"]["code"]
