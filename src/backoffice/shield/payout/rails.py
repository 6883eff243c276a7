"""The payout rails of this installation, from its settings."""

from pathlib import Path

from backoffice.kernel.errors import Invalid
from backoffice.kernel.gateways.nacha import Originator
from backoffice.kernel.gateways.rail import Rail
from backoffice.kernel.gateways.sandbox_rail import SandboxRail
from backoffice.settings import Settings

SANDBOX_FOLDER = "sandbox-rail"
SANDBOX_ODFI = "99999999"
"""No bank has it: trace numbers of the sandbox are never mistaken for real ones."""


class NachaNotSetUp(Invalid):
    """The NACHA rail is not set up: {missing}"""

    code = "nacha_not_set_up"
    missing: str


def sandbox_of(settings: Settings) -> Rail:
    folder: Path = settings.data_folder / SANDBOX_FOLDER
    return SandboxRail(folder, settles_after=settings.sandbox_rail_settles_after, returns=settings.sandbox_rail_returns)


def originator_of(settings: Settings) -> Originator:
    """Our bank and we. NachaNotSetUp names the settings that are missing."""
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
    return Originator(
        bank_routing=settings.nacha_bank_routing,
        bank_name=settings.nacha_bank_name,
        origin=settings.nacha_origin,
        company_id=settings.nacha_company_id,
        company_name=settings.nacha_company_name,
        offset_routing=settings.nacha_bank_routing,
        offset_account=settings.nacha_offset_account.get_secret_value(),
    )
