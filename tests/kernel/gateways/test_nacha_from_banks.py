"""What mail gateways, old systems and people do to a bank's file changes nothing of it, and spoils no neighbour."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.gateways.nacha_reader import UnreadableFile, read
from tests.kernel.gateways.test_nacha_returns import GOLDEN, NINES, Back, backs, bank_file, expected

TWO = [Back("R03", "091000010000001", cents=250_000), Back("R06", "091000010000002", cents=1_999)]
NAME_AT = 54


def said(content: bytes | str) -> list[tuple[int, object]]:
    return [(entry.amount_minor, addenda) for entry, addenda in read(content).addenda]


def lines_of(text: str) -> list[str]:
    return text.splitlines()


def joined(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


WAYS: dict[str, Callable[[str], bytes]] = {
    "blanks at the end trimmed": lambda text: joined([line.rstrip() for line in lines_of(text)]).encode(),
    "95 columns": lambda text: joined([f"{line} " for line in lines_of(text)]).encode(),
    "no nines": lambda text: joined([line for line in lines_of(text) if line != NINES]).encode(),
    "more nines": lambda text: joined([*lines_of(text), *[NINES] * 13]).encode(),
    "short nines": lambda text: joined([line[:80] if line == NINES else line for line in lines_of(text)]).encode(),
    "no file control": lambda text: joined([line for line in lines_of(text) if line[0] != "9"]).encode(),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "CR": lambda text: text.replace("\n", "\r").encode(),
    "every end of line": lambda text: "".join(
        line + ("\r\n", "\n", "\r", "\n\n", "\r\r\n")[place % 5] for place, line in enumerate(lines_of(text))
    ).encode(),
    "byte order mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "Ctrl-Z": lambda text: text.encode() + b"\x1a",
    "NULs": lambda text: text.encode() + b"\x00" * 40,
    "one line": lambda text: text.replace("\n", "").encode(),
    "one line, its end trimmed": lambda text: (
        "".join(line for line in lines_of(text) if line != NINES).rstrip().encode()
    ),
    "a name in Latin-1": lambda text: named(text, "JOSÉ MUÑOZ").encode("latin-1"),
    "a name in UTF-8": lambda text: named(text, "JOSÉ MUÑOZ").encode(),
    "a name in UTF-8 that counted its bytes": lambda text: named(text, "JOSÉ MUÑOZ", narrower=2).encode(),
}


def named(text: str, name: str, *, narrower: int = 0) -> str:
    """The entries' names as this one, in a field that is so many letters narrower."""
    width = 22 - narrower
    return joined([f"{line[:NAME_AT]}{name:{width}}{line[76:]}" if line[0] == "6" else line for line in lines_of(text)])


@pytest.mark.parametrize("way", WAYS)
def test_a_file_is_read_however_it_came(way: str) -> None:
    assert said(WAYS[way](bank_file(TWO))) == expected(TWO)


@given(st.lists(backs, min_size=1, max_size=12), st.sampled_from(sorted(WAYS)))
def test_whatever_comes_back_is_read_however_it_came(entries: list[Back], way: str) -> None:
    assert said(WAYS[way](bank_file(entries))) == expected(entries)


@given(st.lists(backs, min_size=1, max_size=5), st.lists(backs, min_size=1, max_size=5), st.booleans())
def test_two_files_in_one_are_both_read(first: list[Back], second: list[Back], filled: bool) -> None:
    between = "\x1a" if filled else ""
    both = bank_file(first) + between + bank_file(second)

    assert said(both) == expected(first) + expected(second)


@given(
    st.lists(backs, min_size=2, max_size=8),
    st.data(),
    st.sampled_from([(3, "X"), (29, "O"), (0, "?"), (94, "and more")]),
)
def test_one_record_that_can_not_be_read_spoils_no_other(
    entries: list[Back], data: st.DataObject, harm: tuple[int, str]
) -> None:
    column, letters = harm
    spoilt = data.draw(st.integers(0, len(entries) - 1))
    lines = lines_of(bank_file(entries))
    row = 2 + 2 * spoilt
    lines[row] = lines[row][:column] + letters + lines[row][column + len(letters) :]
    got = read(joined(lines))
    whole = [one for place, one in enumerate(entries) if place != spoilt]

    assert [(entry.amount_minor, addenda) for entry, addenda in got.addenda] == expected(whole)
    assert [one.text.count("\n") for one in got.unreadable] == [1]
    assert entries[spoilt].original in got.unreadable[0].text


def test_of_two_batches_the_one_that_contradicts_itself_is_left_and_the_other_is_read() -> None:
    good, bent = lines_of(bank_file(TWO[:1])), lines_of(bank_file(TWO[1:]))
    bent[2] = bent[2].replace("0000001999", "0000001998")
    got = read(joined([*good[:5], *bent[1:5]]))

    assert [entry.amount_minor for entry, _ in got.addenda] == [250_000]
    assert [one.why for one in got.unreadable] == ["the counts, hash or totals of a batch do not add up"]


def test_a_batch_that_was_cut_off_is_left_and_the_one_before_it_is_read() -> None:
    good, cut = lines_of(bank_file(TWO[:1])), lines_of(bank_file(TWO[1:]))
    got = read(joined([*good[:5], *cut[1:4]]))

    assert [entry.amount_minor for entry, _ in got.addenda] == [250_000]
    assert [one.why for one in got.unreadable] == ["a batch has no control record"]


def test_lines_of_the_carrier_around_a_file_are_handed_on_and_the_file_is_read() -> None:
    got = read("$$ADD ID=SHIELD BID='RETURNS'\n" + bank_file(TWO) + "END OF TRANSMISSION\n")

    assert len(list(got.addenda)) == 2
    assert [one.text for one in got.unreadable] == ["$$ADD ID=SHIELD BID='RETURNS'", "END OF TRANSMISSION"]


def test_a_day_without_returns_is_a_file_without_batches() -> None:
    text = joined([lines_of(bank_file(TWO))[0], "9000000000001" + "0" * 42])

    assert list(read(text).addenda) == []
    with pytest.raises(UnreadableFile):
        read(text.replace("9000000", "9000001"))


def test_the_golden_file_is_read_when_its_file_control_is_missing() -> None:
    lines = lines_of((GOLDEN / "bank-returns.ach").read_text())

    assert len(said(joined([line for line in lines if line[0] != "9"]))) == 6
