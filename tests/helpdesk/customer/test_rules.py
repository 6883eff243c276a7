"""What a search may mean."""

import pytest

from backoffice.helpdesk.customer.rules import digits_in, words_in


@pytest.mark.parametrize(
    ("search", "digits", "words"),
    [
        ("asha", None, "asha:*"),
        ("Asha Ver", None, "Asha:* & Ver:*"),
        ("+91 98765-43210", "919876543210", "91:* & 98765:* & 43210:*"),
        ("O'Neil & (x)", None, "O:* & Neil:* & x:*"),
        ("आशा", None, "आशा:*"),
        ("!!", None, None),
    ],
)
def test_a_search_is_digits_of_a_number_and_beginnings_of_words(
    search: str, digits: str | None, words: str | None
) -> None:
    assert (digits_in(search), words_in(search)) == (digits, words)
