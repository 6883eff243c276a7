"""Any product's export: complete whatever its size, with seals that prove each line, and harmless in a spreadsheet."""

import csv
import hashlib
import json
from typing import Any

import pytest

from backoffice.kernel.house import House
from backoffice.kernel.proof import export
from backoffice.kernel.proof.export import Export, Format, ProvenRow, exported
from tests.kernel.proof.chain import KEEPER, audit, rows_of

ALL = dict.fromkeys(("staff", "person", "action", "without", "first", "past")) | {"product": KEEPER.product}


def line(row: ProvenRow) -> dict[str, Any]:
    return {"id": str(row.id), "about": row.subject.removeprefix("test:")}


async def file_of(house: House, form: Format) -> bytes:
    answer = exported(house, Export(form, ALL, line, {"About": lambda shown: shown["about"]}))
    return b"".join([bytes(piece) async for piece in answer.body_iterator])  # type: ignore[arg-type]


async def lines_of(house: House, form: Format) -> list[dict[str, Any]]:
    return [json.loads(one) for one in (await file_of(house, form)).splitlines()]


async def test_every_entry_is_in_it_once_however_many_reads_it_takes(
    three_seals: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "ROWS_AT_ONCE", 2)

    about = [one["about"] for one in await lines_of(three_seals, Format.JSON_LINES) if "about" in one]

    assert about == ["waiting", "2b", "2a", "1b", "1a", "0b", "0a"]


async def test_whoever_holds_the_file_can_prove_every_line_but_those_that_wait_for_their_seal(
    three_seals: House,
) -> None:
    lines = await lines_of(three_seals, Format.JSON_LINES)
    entries, seals = lines[:7], {one["seal"]: one for one in lines[7:]}

    assert [one["about"] for one in entries if one["seal"] is None] == ["waiting"]
    for one in entries[1:]:
        stored = json.dumps(one["stored"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(stored.encode()).hexdigest() == one["digest"]
        assert [one["id"], one["digest"]] in seals[one["seal"]]["entries"]
    chain = await rows_of(three_seals, "SELECT number, hash FROM kernel.audit_seal")
    assert {number: one["hash"] for number, one in seals.items()} == {number: kept.hex() for number, kept in chain}


async def test_the_proof_alone_is_the_seals(three_seals: House) -> None:
    everything = await lines_of(three_seals, Format.JSON_LINES)

    assert await lines_of(three_seals, Format.PROOF) == everything[7:]


@pytest.mark.parametrize("form", Format)
async def test_a_receiver_who_takes_their_time_holds_no_connection(three_seals: House, form: Format) -> None:
    answer = exported(three_seals, Export(form, ALL, line, {"About": lambda shown: shown["about"]}))

    async for _ in answer.body_iterator:
        free = three_seals.database.pool.get_stats()
        assert free["pool_available"] == free["pool_size"]


async def test_a_spreadsheet_shows_what_would_be_a_formula(house: House) -> None:
    await audit(house, "=1+1", "plain, with a comma")

    text = (await file_of(house, Format.CSV)).decode("utf-8-sig")

    assert list(csv.reader(text.splitlines())) == [["About"], ["plain, with a comma"], ["'=1+1"]]
