"""What staff do with testing mode. Each runs inside one write."""

from backoffice.helpdesk.customer.numbers import Numbers, digest_of
from backoffice.helpdesk.testing_mode import rules, store
from backoffice.helpdesk.testing_mode.rules import ModeAct
from backoffice.helpdesk.testing_mode.schemas import ConfigOut
from backoffice.kernel.database import together
from backoffice.kernel.write import Tx


async def toggle(tx: Tx, *, to: bool | None) -> ConfigOut:
    """Switch testing mode over, or where `to` says. Setting it to what it is changes and records nothing."""
    config = await store.lock_config(tx)
    wanted = not config.is_enabled if to is None else to
    if wanted is config.is_enabled:
        return config
    before, after = {"is_enabled": config.is_enabled}, {"is_enabled": wanted}
    tx.audit(ModeAct.TOGGLED, "config", before=before, after=after)
    _, changed = await together(store.set_enabled(tx, wanted), store.get_config(tx))
    return changed


async def set_message(tx: Tx, message: str) -> ConfigOut:
    """Change the fixed answer."""
    config = await store.lock_config(tx)
    if message == config.static_response_message:
        return config
    before, after = {"message": config.static_response_message}, {"message": message}
    tx.audit(ModeAct.MESSAGE_SET, "config", before=before, after=after)
    _, changed = await together(store.set_message(tx, message), store.get_config(tx))
    return changed


async def whitelist(tx: Tx, numbers: Numbers, *, label: str | None) -> list[str]:
    """Give these numbers the assistant while testing mode is on; returns those that are new on the list."""
    added = set(await store.insert_numbers(tx, numbers.phones, label=label))
    return _recorded(tx, "added", [phone for phone in numbers.phones if phone in added])


async def unlist(tx: Tx, numbers: Numbers) -> list[str]:
    """Take these numbers off the list; returns those that were on it."""
    removed = set(await store.delete_numbers(tx, numbers.phones))
    return _recorded(tx, "removed", [phone for phone in numbers.phones if phone in removed])


async def unlist_one(tx: Tx, listed_id: int) -> str:
    """Take one entry off the list; returns its number."""
    removed = await store.delete_listed(tx, listed_id)
    if removed is None:
        raise rules.NotOnTheWhitelist(listed_id=listed_id)
    return _recorded(tx, "removed", [removed])[0]


def _recorded(tx: Tx, change: str, phones: list[str]) -> list[str]:
    """One entry, however many numbers. Of few it shows the last digits, of more than that a digest of them all.

    The digest proves a list that somebody holds. Of few numbers it would give them away to whoever tries them all.
    """
    if phones:
        told = {"digest": digest_of(phones)}
        if len(phones) <= rules.MOST_ENDS:
            told = {"number_ends": ", ".join(phone[-4:] for phone in phones)}
        after = {"change": change, "count": len(phones), **told}
        tx.audit(ModeAct.WHITELIST_CHANGED, "whitelist", after=after)
    return phones
