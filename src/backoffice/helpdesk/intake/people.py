"""Who a customer is, whether WhatsApp tells their number, its own id of them, or both."""

from dataclasses import dataclass, replace

from backoffice.helpdesk.ticket.placing import place_queue
from backoffice.helpdesk.ticket.store import lock_dispatch
from backoffice.helpdesk.whatsapp.payload import Person
from backoffice.kernel.database import Query
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class KnownRow:
    id: int
    phone: str
    user_id: str | None


@dataclass(frozen=True, slots=True)
class OffersRow:
    id: int
    stopped: bool


def list_known(tx: Tx, user_ids: list[str]) -> Query[list[KnownRow]]:
    return tx.all(
        KnownRow,
        """
        SELECT id, phone, user_id FROM helpdesk.whatsapp_user
         WHERE user_id = ANY (%(user_ids)s) AND user_id IS NOT NULL ORDER BY id
        """,
        user_ids=user_ids,
    )


def find_by_phone(tx: Tx, phone: str) -> Query[int | None]:
    return tx.find_value(int, "SELECT id FROM helpdesk.whatsapp_user WHERE phone = %(phone)s", phone=phone)


def set_number(tx: Tx, whatsapp_user_id: int, phone: str) -> Query[int]:
    """The number of somebody known by an id so far; their tickets show it too."""
    return tx.value(
        int,
        """
        WITH tickets AS (
            UPDATE helpdesk.ticket SET phone = %(phone)s WHERE whatsapp_user_id = %(id)s
        )
        UPDATE helpdesk.whatsapp_user SET phone = %(phone)s WHERE id = %(id)s RETURNING id
        """,
        id=whatsapp_user_id,
        phone=phone,
    )


def set_joined(tx: Tx, kept_id: int, other_id: int) -> Query[int]:
    return tx.value(
        int, "SELECT helpdesk.join_customers(%(kept_id)s, %(other_id)s)", kept_id=kept_id, other_id=other_id
    )


def set_forgotten(tx: Tx, whatsapp_user_id: int) -> Query[int]:
    """WhatsApp gives an id to somebody else: its old owner has a number to be known by."""
    return tx.run("UPDATE helpdesk.whatsapp_user SET user_id = NULL WHERE id = %(id)s", id=whatsapp_user_id)


def find_offers(tx: Tx, phone: str) -> Query[OffersRow | None]:
    """Held until this write ends."""
    return tx.find(
        OffersRow,
        """
        SELECT id, offers_stopped_at IS NOT NULL AS stopped FROM helpdesk.whatsapp_user
         WHERE phone = %(phone)s FOR UPDATE
        """,
        phone=phone,
    )


def set_offers(tx: Tx, person: Person, *, stopped: bool) -> Query[int]:
    """Whether they want offers; somebody who never wrote is known from now on. Returns their id."""
    return tx.value(
        int,
        """
        INSERT INTO helpdesk.whatsapp_user AS u (phone, wa_id, user_id, name, offers_stopped_at)
             VALUES (%(phone)s, %(wa_id)s, %(user_id)s, %(name)s, CASE WHEN %(stopped)s::bool THEN now() END)
        ON CONFLICT (phone) DO UPDATE
                SET offers_stopped_at = CASE WHEN %(stopped)s::bool THEN coalesce(u.offers_stopped_at, now()) END
          RETURNING id
        """,
        phone=person.phone,
        wa_id=person.wa_id,
        user_id=person.user_id,
        name=person.name,
        stopped=stopped,
    )


async def recognise(tx: Tx, people: list[Person]) -> dict[Person, Person]:
    """Under which number or id we know each of them; who was known by an id gets their number when one comes.

    Whoever shows a number goes first: one webhook may tell an id without its number before it tells both.
    """
    user_ids = sorted({person.user_id for person in people if person.user_id is not None})
    known: dict[str | None, KnownRow] = {row.user_id: row for row in await list_known(tx, user_ids)} if user_ids else {}
    shown: dict[str | None, Person] = {}
    found: dict[Person, Person] = {}
    for person in sorted(dict.fromkeys(people), key=lambda one: one.wa_id is None):
        row = known.get(person.user_id) if person.user_id else None
        if person.wa_id is None:
            found[person] = _by_id(person, row, shown.get(person.user_id))
            continue
        if row is not None and row.phone != person.phone:
            await _link(tx, row, person.phone)
            known[person.user_id] = replace(row, phone=person.phone)
        shown[person.user_id] = found[person] = person
    return _each_id_once(found)


def _by_id(person: Person, row: KnownRow | None, shown: Person | None) -> Person:
    """Somebody who shows no number: the one that came with the same id just now, else the one we know."""
    if shown is not None and person.user_id is not None:
        return replace(person, phone=shown.phone, wa_id=shown.wa_id)
    return replace(person, phone=row.phone) if row is not None else person


def _each_id_once(found: dict[Person, Person]) -> dict[Person, Person]:
    """One webhook may bring an id with two numbers: the first keeps it, the next tells more."""
    owners: dict[str, str] = {}
    for told, person in found.items():
        if person.user_id is not None and owners.setdefault(person.user_id, person.phone) != person.phone:
            found[told] = replace(person, user_id=None)
    return found


async def _link(tx: Tx, row: KnownRow, phone: str) -> None:
    if row.phone.startswith("+"):
        await set_forgotten(tx, row.id)
        return
    await lock_dispatch(tx)
    kept_id = await find_by_phone(tx, phone)
    if kept_id is None:
        await set_number(tx, row.id, phone)
    else:
        await set_joined(tx, kept_id, row.id)
        await place_queue(tx)
    tx.record("customer linked", row.id)
