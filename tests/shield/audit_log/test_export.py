"""Exports: complete whatever their size, audited, safe in a spreadsheet, and provable by whoever holds the file."""

import csv
import hashlib
import json
from typing import Any

from backoffice.kernel.audit.entry import Act, personal
from backoffice.kernel.proof.seal import seal_entries
from tests.shield.conftest import AdminOf
from tests.shield.making import Given

EXPORT = "/v1/admin/audit-log/export"


class Done(Act):
    NOTED = "claim.note_added"


async def noted(given: Given, count: int, *, reason: str = "Called", at_once: int = 100) -> None:
    admin = await given.admin()
    for first in range(0, count, at_once):
        async with given.write(admin.actor) as tx:
            for number in range(first, min(first + at_once, count)):
                tx.audit(
                    Done.NOTED,
                    f"claim_{number}",
                    after={"note": personal(f"n{number}")},
                    reason=reason,
                    person="shield:u",
                )


async def sealed(given: Given) -> None:
    async with given.write() as tx:
        assert await seal_entries(tx) is not None


def lines_of(answer: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Entries, and seals."""
    lines = [json.loads(line) for line in answer.content.decode("utf-8-sig").splitlines()]
    return [line for line in lines if "stored" in line], [line for line in lines if "hash" in line]


def digest_of(stored: dict[str, Any]) -> str:
    return hashlib.sha256(
        json.dumps(stored, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()


def hash_of(seal: dict[str, Any]) -> str:
    chain = hashlib.sha256(bytes.fromhex(seal["previous_hash"]))
    chain.update(seal["seal"].to_bytes(8, "big") + seal["sealed_at"].encode())
    for entry_id, digest in seal["entries"]:
        chain.update(bytes.fromhex(entry_id.replace("-", "")) + bytes.fromhex(digest))
    return chain.hexdigest()


async def test_whoever_holds_the_file_can_prove_every_entry(given: Given, admin_of: AdminOf) -> None:
    await noted(given, 3)
    await sealed(given)
    await noted(given, 2)
    await sealed(given)
    await noted(given, 1)

    entries, seals = lines_of(await (await admin_of("auditor")).get(EXPORT, params={"format": "jsonl"}))

    assert [entry["action"] for entry in entries] == ["audit_exported", *["claim_note_added"] * 6]
    assert [entry["seal"] for entry in entries] == [None, None, 2, 2, 1, 1, 1]
    assert [digest_of(entry["stored"]) for entry in entries] == [entry["digest"] for entry in entries]
    assert [seal["seal"] for seal in seals] == [1, 2]
    assert [hash_of(seal) for seal in seals] == [seal["hash"] for seal in seals]
    assert seals[1]["previous_hash"] == seals[0]["hash"]
    covered = {digest for seal in seals for _, digest in seal["entries"]}
    assert {entry["digest"] for entry in entries if entry["seal"]} == covered
    assert entries[-1]["changes"] == [{"field": "note", "old_value": None, "new_value": "n0"}]
    assert "n0" not in json.dumps(entries[-1]["stored"])


async def test_an_export_of_several_batches_has_every_entry_once(given: Given, admin_of: AdminOf) -> None:
    await noted(given, 1_101)

    answer = await (await admin_of("auditor")).get(EXPORT, params={"action": "claim_note_added"})

    rows = list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))
    assert [row["resource_id"] for row in rows] == [f"claim_{number}" for number in reversed(range(1_101))]
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbfid,"), "without its mark Excel garbles every accent"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit-log.csv"'


async def test_the_proof_beside_a_csv_covers_its_rows(given: Given, admin_of: AdminOf) -> None:
    auditor = await admin_of("auditor")
    await noted(given, 2)
    await sealed(given)

    exported = await auditor.get(EXPORT, params={"action": "claim_note_added"})
    [row, other] = csv.DictReader(exported.content.decode("utf-8-sig").splitlines())
    _, [seal] = lines_of(await auditor.get(EXPORT, params={"action": "claim_note_added", "format": "proof"}))

    assert hash_of(seal) == seal["hash"]
    assert {row["digest"], other["digest"]} == {digest for _, digest in seal["entries"]}


async def test_no_cell_becomes_a_formula(given: Given, admin_of: AdminOf) -> None:
    await noted(given, 1, reason="=HYPERLINK(1)")

    answer = await (await admin_of("auditor")).get(EXPORT, params={"action": "claim_note_added"})

    [row] = csv.DictReader(answer.content.decode("utf-8-sig").splitlines())
    assert row["reason"] == "'=HYPERLINK(1)"


async def test_an_export_is_audited_with_what_was_asked_for(given: Given, admin_of: AdminOf) -> None:
    auditor, member = await admin_of("auditor"), await given.member()

    await auditor.get(EXPORT, params={"format": "jsonl", "user_id": member.id})

    assert await given.audited() == [("audit.exported", "audit:log", auditor.admin.id)]
    kept = await given.value(
        "SELECT after FROM kernel.audit_entry WHERE data_subject = %(of)s", of=f"shield:{member.id}"
    )
    assert kept == {"format": "jsonl", "user_id": member.id}
