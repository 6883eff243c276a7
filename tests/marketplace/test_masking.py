"""What staff without the permission see of addresses and numbers."""

import pytest

from backoffice.marketplace.masking import masked_email, masked_line, masked_phone


@pytest.mark.parametrize(
    ("address", "shown"),
    [("asha@example.com", "a***@example.com"), ("a@b.in", "a***@b.in"), ("no address", "***"), (None, None)],
)
def test_an_email_shows_its_first_letter_and_its_domain(address: str | None, shown: str | None) -> None:
    assert masked_email(address) == shown


def test_a_number_shows_its_last_four_digits_and_a_line_of_an_address_nothing() -> None:
    assert (masked_phone("+919876543210"), masked_phone(None)) == ("****3210", None)
    assert (masked_line("12 Hill Road"), masked_line(None)) == ("****", None)
