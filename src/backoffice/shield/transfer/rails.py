"""The payout rails of this installation, from its settings."""

import re
from collections.abc import Callable

from backoffice.kernel.errors import Invalid
from backoffice.kernel.files.shelf import shelf_of
from backoffice.kernel.gateways.books import FolderBooks
from backoffice.kernel.gateways.nacha import Originator, is_writable, plain
from backoffice.kernel.gateways.rail import Rail
from backoffice.kernel.gateways.return_codes import returns_payment
from backoffice.kernel.gateways.sandbox_rail import SandboxRail
from backoffice.settings import Settings
from backoffice.shield.bank_account.rules import ACCOUNT_DIGITS, ROUTING_DIGITS, is_valid_routing

LONGEST_NAME, IDENTIFICATION_LENGTH = 23, 10
"""The fields of a file's header."""
SANDBOX_FOLDER = "sandbox-rail"
SANDBOX_ODFI = "99999999"
"""No bank has it: trace numbers of the sandbox are never mistaken for real ones."""


class NachaNotSetUp(Invalid):
    """The NACHA rail is not set up: {missing}"""

    missing: str


class SandboxNotSetUp(Invalid):
    """SANDBOX_RAIL_RETURNS: no bank returns a payment under {codes}"""

    codes: str


def sandbox_of(settings: Settings) -> Rail:
    """SandboxNotSetUp when it is told to return payments under what is no return code of a credit."""
    books = shelf_of(settings, SANDBOX_FOLDER) or FolderBooks(settings.data_folder / SANDBOX_FOLDER)
    strange = sorted({code for code in settings.sandbox_rail_returns.values() if not returns_payment(code)})
    if strange:
        raise SandboxNotSetUp(codes=", ".join(strange))
    return SandboxRail(books, settles_after=settings.sandbox_rail_settles_after, returns=settings.sandbox_rail_returns)


def originator_of(settings: Settings) -> Originator:
    """Our bank and we. NachaNotSetUp names the settings that are missing, or what no bank would take."""
    if settings.payout_rail != "nacha":
        raise NachaNotSetUp(missing="PAYOUT_RAIL is not nacha")
    wanted = {
        "NACHA_BANK_ROUTING": settings.nacha_bank_routing,
        "NACHA_BANK_NAME": settings.nacha_bank_name,
        "NACHA_ORIGIN": settings.nacha_origin,
        "NACHA_COMPANY_ID": settings.nacha_company_id,
        "NACHA_COMPANY_NAME": settings.nacha_company_name,
        "NACHA_OFFSET_ACCOUNT": settings.nacha_offset_account.get_secret_value(),
    }
    if missing := [name for name, value in wanted.items() if not value]:
        raise NachaNotSetUp(missing=f"{', '.join(missing)} not set")
    if wrong := [f"{name} {says}" for name, (fits, says) in FORMS.items() if not fits(wanted[name])]:
        raise NachaNotSetUp(missing="; ".join(wrong))
    return Originator(
        bank_routing=settings.nacha_bank_routing,
        bank_name=settings.nacha_bank_name,
        origin=settings.nacha_origin,
        company_id=settings.nacha_company_id,
        company_name=settings.nacha_company_name,
        offset_routing=settings.nacha_bank_routing,
        offset_account=settings.nacha_offset_account.get_secret_value(),
    )


def _is_routing(text: str) -> bool:
    return bool(re.fullmatch(ROUTING_DIGITS, text)) and is_valid_routing(text)


def _is_name(text: str) -> bool:
    return len(plain(text, LONGEST_NAME + 1).strip()) <= LONGEST_NAME and is_writable(text)


def _is_identification(text: str) -> bool:
    return text.isascii() and text.isalnum() and len(text) <= IDENTIFICATION_LENGTH


def _is_account(text: str) -> bool:
    return bool(re.fullmatch(ACCOUNT_DIGITS, text))


FORMS: dict[str, tuple[Callable[[str], bool], str]] = {
    "NACHA_BANK_ROUTING": (_is_routing, "must be nine digits with a right checksum"),
    "NACHA_BANK_NAME": (_is_name, f"must have letters, and at most {LONGEST_NAME} of them"),
    "NACHA_ORIGIN": (_is_identification, f"must be at most {IDENTIFICATION_LENGTH} letters and digits"),
    "NACHA_COMPANY_ID": (_is_identification, f"must be at most {IDENTIFICATION_LENGTH} letters and digits"),
    "NACHA_COMPANY_NAME": (_is_name, f"must have letters, and at most {LONGEST_NAME} of them"),
    "NACHA_OFFSET_ACCOUNT": (_is_account, "must be 4 to 17 digits"),
}
"""What a file can hold of each without cutting it, and how that is said; the company's name is cut in a batch."""
