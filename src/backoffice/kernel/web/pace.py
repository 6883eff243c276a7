"""How often somebody may knock in a minute, and how often a proof that doesn't hold is looked at. TooManyRequests."""

from backoffice.kernel.identity.devices import network_of
from backoffice.kernel.web.call import Call
from backoffice.settings import READS_PER_MINUTE, WRITES_PER_MINUTE

SAFE = frozenset({"GET", "HEAD"})


def address_of(call: Call) -> str:
    """Whose calls count together where nobody is signed in: all of one household, however many addresses it has."""
    return f"address:{network_of(call.context.address)}"


async def count_call(call: Call, who: str, *, product: str, is_platform: bool) -> None:
    """One more call of this person, platform or address: reads and writes of people count apart."""
    settings = call.house.settings
    if is_platform:
        await call.house.limits.hit(settings.platform_calls_per_minute, "platform", product, who)
    elif call.request.method in SAFE:
        await call.house.limits.hit(settings.reads_per_minute, "read", product, who)
    else:
        await call.house.limits.hit(settings.writes_per_minute, "write", product, who)


async def count_at_door(call: Call, who: str, *, per_minute: int, product: str) -> None:
    """One more call of a door that has a limit of its own. Settings that raise everybody's raise it in proportion."""
    settings = call.house.settings
    if call.request.method in SAFE:
        allowed = per_minute * settings.reads_per_minute // READS_PER_MINUTE
    else:
        allowed = per_minute * settings.writes_per_minute // WRITES_PER_MINUTE
    await call.house.limits.hit(max(allowed, 1), "door", product, f"{call.request.method} {call.door}", who)


async def count_refused(call: Call, whose: str, *, product: str) -> None:
    await call.house.limits.hit(call.house.settings.refused_per_address, "refused", product, whose)
