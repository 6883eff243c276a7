"""What `backoffice check` tries for shield."""

from backoffice.probing import Wrong
from backoffice.settings import Settings
from backoffice.shield.transfer.rails import NachaNotSetUp, originator_of


async def rail(settings: Settings) -> str:
    if settings.payout_rail == "sandbox":
        return "sandbox: no money moves"
    try:
        originator_of(settings)
    except NachaNotSetUp as exc:
        raise Wrong(exc.sentence) from None
    return "nacha: the settings are complete"


PROBES = {"payout rail": rail}
