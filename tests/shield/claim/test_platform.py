"""The platform's doors of claims: submitted once, with documents that are what they say, opened by signed links."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from backoffice.kernel.files import links
from backoffice.shield.claim import rules
from tests.shield.conftest import Platform
from tests.shield.making import AdminClient, Claim, Given, Member

PDF = b"%PDF-1.7\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"


def submission(member: Member, **other: Any) -> dict[str, Any]:
    return {
        "external_id": "app-claim-1",
        "user_id": member.id,
        "type": "unemployment",
        "reason": "Layoff due to company downsizing",
        "termination_date": "2026-10-01T00:00:00Z",
        "amount_requested": 2500.00,
        **other,
    }


async def upload(
    client: httpx.AsyncClient,
    claim: Claim,
    content: bytes = PDF,
    name: str = "letter.pdf",
    kind: str = "termination_letter",
) -> httpx.Response:
    return await client.post(
        f"/v1/platform/claims/{claim.id}/documents",
        files={"file": (name, content, "application/octet-stream")},
        data={"type": kind},
    )


@pytest.fixture
async def client(platform: Platform) -> httpx.AsyncClient:
    return await platform("claims:submit")


async def test_a_claim_is_submitted_and_waits_for_staff(
    client: httpx.AsyncClient, handler: AdminClient, given: Given
) -> None:
    member = await given.member()

    answer = await client.post("/v1/platform/claims", json=submission(member))

    assert answer.status_code == 201, answer.text
    claim = answer.json()["data"]
    assert (claim["user_id"], claim["status"], claim["amount_requested"]) == (member.id, "pending", 2500.0)
    shown = (await handler.get(f"/v1/admin/claims/{claim['id']}")).json()["data"]
    assert (shown["submitted_date"], shown["termination_date"]) == (claim["submitted_date"], "2026-10-01T00:00:00Z")


async def test_a_claim_sent_again_is_the_same_claim(client: httpx.AsyncClient, given: Given) -> None:
    body = submission(await given.member())

    answers = await asyncio.gather(*(client.post("/v1/platform/claims", json=body) for _ in range(5)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    assert await given.value("SELECT count(*) FROM shield.claim") == 1


@pytest.mark.parametrize("other", [{"amount_requested": 2500.01}, {"type": "disability"}, {"reason": "Other"}])
async def test_an_external_id_names_one_claim_only(
    client: httpx.AsyncClient, given: Given, other: dict[str, Any]
) -> None:
    member = await given.member()
    await client.post("/v1/platform/claims", json=submission(member))

    assert (await client.post("/v1/platform/claims", json=submission(member, **other))).status_code == 409


@pytest.mark.parametrize("days", [0, 20], ids=["changed since", "two at once: the first"])
async def test_a_claim_counts_under_the_plan_of_the_day_work_was_lost(
    client: httpx.AsyncClient, handler: AdminClient, given: Given, days: int
) -> None:
    now = datetime.now(UTC)
    member = await given.member(plan_id="plan_basic", enrolled_at=now - timedelta(days=60))
    async with given.write() as tx:
        await tx.run("UPDATE shield.subscription SET ended_at = now() WHERE member_id = %(id)s", id=member.id)
        tx.record("changed", "plan")
    await given.subscription(member.id, "plan_premium", enrolled_at=now - timedelta(days=days))
    lost = (now - timedelta(days=10)).isoformat()

    claim = (await client.post("/v1/platform/claims", json=submission(member, termination_date=lost))).json()["data"]

    shown = (await handler.get(f"/v1/admin/claims/{claim['id']}")).json()["data"]
    assert (shown["user"]["plan"], shown["plan_coverage_amount"]) == ("Basic Shield", 2500.0)


async def test_who_was_never_insured_claims_nothing(client: httpx.AsyncClient, given: Given) -> None:
    member = await given.member(plan_id=None)

    assert (await client.post("/v1/platform/claims", json=submission(member))).status_code == 409
    unknown = submission(Member("user_unknown", "", None))
    assert (await client.post("/v1/platform/claims", json=unknown)).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_requested": 0},
        {"amount_requested": "2500"},
        {"type": "Un employment"},
        {"reason": ""},
        {"colour": "red"},
    ],
)
async def test_a_wrong_submission_is_refused(client: httpx.AsyncClient, given: Given, wrong: dict[str, Any]) -> None:
    answer = await client.post("/v1/platform/claims", json=submission(await given.member(), **wrong))

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")


async def test_a_key_without_the_scope_submits_nothing(platform: Platform, given: Given) -> None:
    client, claim = await platform("members:write"), await given.claim()

    assert (await client.post("/v1/platform/claims", json=submission(claim.member))).status_code == 403
    assert (await upload(client, claim)).status_code == 403


@pytest.mark.parametrize(("content", "kind"), [(PDF, "application/pdf"), (PNG, "image/png"), (JPEG, "image/jpeg")])
async def test_a_document_opens_through_its_link_without_signing_in(
    client: httpx.AsyncClient, handler: AdminClient, given: Given, content: bytes, kind: str
) -> None:
    claim = await given.claim()

    kept = await upload(client, claim, content, name="scan.exe")

    assert kept.status_code == 201, kept.text
    assert (kept.json()["data"]["content_type"], kept.json()["data"]["filename"]) == (kind, "scan.exe")
    [shown] = (await handler.get(f"/v1/admin/claims/{claim.id}")).json()["data"]["documents"]
    [listed] = (await handler.get("/v1/admin/claims")).json()["data"]["claims"][0]["documents"]
    assert (shown["id"], shown["type"], shown["verified"]) == (kept.json()["data"]["id"], "termination_letter", False)
    assert listed["id"] == shown["id"]
    async with httpx.AsyncClient(transport=client._transport) as anybody:
        opened = await anybody.get(shown["url"])
    assert (opened.status_code, opened.content, opened.headers["content-type"]) == (200, content, kind)
    assert opened.headers["content-disposition"].startswith("inline")


async def test_a_link_that_was_altered_or_has_expired_opens_nothing(
    client: httpx.AsyncClient, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await given.claim()
    url = (await upload(client, claim)).json()["data"]["url"]
    monkeypatch.setattr(links, "LIFETIME_SECONDS", -1)
    expired = (await upload(client, claim)).json()["data"]["url"]

    for wrong in (
        url[:-1] + ("A" if url[-1] != "A" else "B"),
        url.replace("until=", "until=9"),
        url.split("?")[0],
        expired,
    ):
        answer = await client.get(wrong)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")


async def test_the_same_bytes_are_one_document(client: httpx.AsyncClient, given: Given) -> None:
    claim, other = await given.claim(), await given.claim()

    first, again = await upload(client, claim), await upload(client, claim, name="again.pdf")
    elsewhere = await upload(client, other)

    assert first.json()["data"]["id"] == again.json()["data"]["id"]
    assert elsewhere.json()["data"]["id"] != first.json()["data"]["id"]
    assert len(first.json()["data"]["sha256"]) == 64


@pytest.mark.parametrize("content", [b"", b"MZ\x90\x00", b"<html></html>", b"GIF89a"])
async def test_what_is_no_document_is_refused_whatever_its_name(
    client: httpx.AsyncClient, given: Given, content: bytes
) -> None:
    answer = await upload(client, await given.claim(), content, name="letter.pdf")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")


async def test_a_document_is_at_most_ten_megabytes(client: httpx.AsyncClient, given: Given) -> None:
    claim = await given.claim()

    assert (await upload(client, claim, PDF.ljust(rules.MOST_BYTES, b"x"))).status_code == 201
    assert (await upload(client, claim, PDF.ljust(rules.MOST_BYTES + 1, b"x"))).status_code == 413


async def test_an_upload_says_what_it_is_and_for_which_claim(client: httpx.AsyncClient, given: Given) -> None:
    claim = await given.claim()
    unknown = Claim("claim_unknown", claim.member, 1, None)

    answer = await upload(client, claim, kind="Not a word")

    assert (answer.status_code, answer.json()["error"]["details"][0]["field"]) == (400, "type")
    assert (await upload(client, unknown)).status_code == 404


async def test_a_document_is_verified_and_unverified_by_name(
    client: httpx.AsyncClient, handler: AdminClient, given: Given
) -> None:
    claim = await given.claim()
    document_id = (await upload(client, claim)).json()["data"]["id"]
    url = f"/v1/admin/claims/{claim.id}/documents/{document_id}"

    done = (await handler.patch(url, json={"verified": True})).json()["data"]
    again = (await handler.patch(url, json={"verified": True})).json()["data"]
    back = (await handler.patch(url, json={"verified": False})).json()["data"]

    assert (done["document"]["verified"], done["audit_entry"]["action"]) == (True, "claim_document_verified")
    assert (again["document"]["verified"], again["audit_entry"]) == (True, None)
    assert (back["document"]["verified"], back["audit_entry"]["admin_id"]) == (False, handler.admin.shown_id)
    elsewhere = await given.claim()
    other = await handler.patch(f"/v1/admin/claims/{elsewhere.id}/documents/{document_id}", json={"verified": True})
    assert other.status_code == 404
