"""Phone numbers: one form for each person, and what a search says about a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.phones import Sought, find_number, one_number, sought


@pytest.mark.parametrize(
    ("written", "one"),
    [
        ("+554187654321", "+5541987654321"),
        ("+5541987654321", "+5541987654321"),
        ("+551133334444", "+551133334444"),
        ("+5215588471422", "+525588471422"),
        ("+525588471422", "+525588471422"),
        ("+541123456789", "+5491123456789"),
        ("+5491123456789", "+5491123456789"),
        ("+919876543210", "+919876543210"),
        ("+14155552671", "+14155552671"),
    ],
)
def test_both_forms_of_a_number_are_one(written: str, one: str) -> None:
    assert one_number(written) == one
    assert find_number(written, country="IN") == one
    assert find_number(written[1:], country=None) == one


@pytest.mark.parametrize(
    ("written", "country", "one"),
    [
        ("(41) 8765-4321", "BR", "+5541987654321"),
        ("041 98765-4321", "BR", "+5541987654321"),
        ("011 15 2345-6789", "AR", "+5491123456789"),
        ("+54 11 15 2345-6789", "IN", "+5491123456789"),
        ("+52 1 55 8847 1422", "IN", "+525588471422"),
        ("\u202a+91 98765\u00a043210\u202c", "IN", "+919876543210"),
        ("+91\u201198765\u201343210", "IN", "+919876543210"),
        ("919856496882.0", "IN", "+919856496882"),
        ("919856496882.5", "IN", None),
        ("9.19E+11", "IN", None),
        ("9.19856496882E+11", "IN", None),
        ("9,19E+11", "IN", None),
    ],
)
def test_a_number_is_read_as_people_and_spreadsheets_write_it(written: str, country: str, one: str | None) -> None:
    assert find_number(written, country=country) == one


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_the_one_form_of_the_one_form_is_itself(phone: str) -> None:
    assert one_number(one_number(phone)) == one_number(phone)


def finds(search: str, phone: str, country: str = "IN") -> bool:
    what = sought(search, country=country)
    begins = [one for one in (what.begins, what.begins_also) if one]
    ends = [one for one in (what.ends, what.ends_also) if one]
    if any(phone[1:].startswith(one) for one in begins) or any(phone.endswith(one) for one in ends):
        return True
    return what.part is not None and what.part in phone


@pytest.mark.parametrize(
    "search",
    [
        "+91 98945 47719",
        "+91-98945-47719",
        "09894547719",
        "098945 47719",
        "(98945) 47719",
        "98945.47719",
        "98945/47719",
        "919894547719",
        "+9198945",
        "0091 98945 47719",
        "\uff0b\uff19\uff11 98945 47719",
        "47719",
        "9894547",
        "09894 547",
        "94547",
        "\u202a+91 98945 47719\u202c",
    ],
)
def test_a_number_is_found_in_every_way_of_writing(search: str) -> None:
    assert finds(search, "+919894547719")


@pytest.mark.parametrize(
    ("search", "phone"),
    [
        ("+5215588471422", "+525588471422"),
        ("+525588471422", "+525588471422"),
        ("55 8847 1422", "+525588471422"),
        ("+52 1 55 88", "+525588471422"),
        ("+554187654321", "+5541987654321"),
        ("+55 41 8765", "+5541987654321"),
        ("41 8765-4321", "+5541987654321"),
        ("+541123456789", "+5491123456789"),
        ("+54 11 15 2345-6789", "+5491123456789"),
        ("+54 11 23", "+5491123456789"),
    ],
)
def test_a_number_is_found_by_its_other_form_too(search: str, phone: str) -> None:
    assert finds(search, phone)


@pytest.mark.parametrize("search", ["", "MERCH20893", "Asha", "KB1", "%", "12_3", "a1", "()", "+"])
def test_what_can_be_no_number_seeks_none(search: str) -> None:
    assert sought(search, country="IN") == Sought()


def test_a_part_is_at_least_five_digits_and_after_a_plus_sign_a_beginning() -> None:
    assert not finds("8945", "+919894547719")
    assert not finds("+98945", "+919894547719")
    assert sought("98945", country="IN").windows == ["9894", "8945"]
