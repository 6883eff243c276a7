"""The names of a person as every product takes them: for its doors, and for the command line."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from backoffice.kernel.phones import find_number

EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def _plain(name: str) -> str:
    """In one form, without invisible letters: what reads like a colleague's name in the audit log is theirs."""
    name = unicodedata.normalize("NFKC", name)
    if not name.isprintable():
        raise ValueError("must not contain invisible letters")
    return name


def _is_username(name: str) -> str:
    """An e-mail address as a username could be somebody else's way to sign in."""
    if "@" in name or len(name.split()) != 1:
        raise ValueError("must not contain spaces or @")
    return name


def _is_email(address: str) -> str:
    if not EMAIL.fullmatch(address):
        raise ValueError("must be an e-mail address")
    return address


def _one_number(written: str) -> str:
    number = find_number(written, country=None)
    if number is None:
        raise ValueError("must be a phone number with its country code, as in +919876543210")
    return number


Username = Annotated[str, AfterValidator(_plain), Field(min_length=1, max_length=64), AfterValidator(_is_username)]
Address = Annotated[str, Field(min_length=3, max_length=254), AfterValidator(_is_email)]
"""An e-mail address of anybody."""
Email = Annotated[str, AfterValidator(_plain), Field(min_length=3, max_length=254), AfterValidator(_is_email)]
"""One of staff, in one form."""
FullName = Annotated[str, Field(min_length=1, max_length=200)]
Phone = Annotated[str, Field(min_length=6, max_length=40), AfterValidator(_one_number)]
