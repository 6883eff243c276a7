"""Telling people: a message is written with the write that it tells of, once per key; a job sends it after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson

from backoffice.kernel.database import Db, together
from backoffice.kernel.encryption import data_key
from backoffice.kernel.encryption.data_key import DataKeyRow
from backoffice.kernel.encryption.keyring import KeyRing, WrongKey, decrypt, encrypt
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.notify import rules, store
from backoffice.kernel.notify.rules import Channel, NotifyAct, Outcome, Status
from backoffice.kernel.notify.store import ClaimedRow, NewNotice, SealedRow
from backoffice.kernel.notify.templates import Template
from backoffice.kernel.urgency import Priority
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is written to: `address` is what the channel takes, an e-mail address, a phone number, the app's user.

    Under the data key of `person` the message is sealed: destroyed with it, it can't be sent.
    """

    address: str = field(repr=False)
    name: str = field(repr=False)
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """`key` says of which event this tells whom, without a name or an address in it. `link` is shown as it is."""

    template: Template
    to: Recipient
    facts: Mapping[str, str] = field(repr=False)
    key: str
    channel: Channel = Channel.EMAIL
    priority: Priority = Priority.MEDIUM
    link: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as its recipient reads it."""

    id: str
    created_at: datetime
    address: str = field(repr=False)
    name: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    channel: Channel = Channel.EMAIL
    priority: Priority = Priority.MEDIUM
    link: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this try is to send, with its person's key, if it has one and that still exists."""

    row: ClaimedRow
    kept: DataKeyRow | None = None


async def notify(tx: Tx, *notices: Notice) -> None:
    """Queue each message with this write; one whose key was used before is not queued again, whatever is retried.

    Takes the data keys of all recipients at once, in the order in which every write takes them.
    """
    if not notices:
        return
    people = await data_key.keys_of(tx, tx.keys, {one.to.person for one in notices if one.to.person})
    inserted = await together(*(store.insert_notice(tx, _sealed(tx.keys, people, one)) for one in notices))
    for notice, notice_id in zip(notices, inserted, strict=True):
        if notice_id is None:
            continue
        tx.record("notification queued", notice_id)
        if notice.channel is not Channel.IN_APP:
            tx.defer(rules.SEND, lock=rules.lock_of(notice_id), notice_id=notice_id)


def _sealed(keys: KeyRing, people: Mapping[str, bytes], notice: Notice) -> NewNotice:
    to, rendered = notice.to, notice.template.render(notice.facts)
    said = {"address": to.address, "name": rules.one_line(to.name), "subject": rendered.subject, "text": rendered.text}
    said |= {"priority": notice.priority} | ({"link": notice.link} if notice.link else {})
    plain, notice_id = orjson.dumps(said), f"notice_{uuid7().hex}"
    if to.person is None:
        key_id, sealed = keys.encrypt(plain, bound_to=notice_id)
    else:
        key_id, sealed = None, encrypt(people[to.person], plain, bound_to=notice_id)
    template = notice.template
    return NewNotice(
        notice_id, template.product, template.name, notice.key, to.person, key_id, sealed, channel=notice.channel
    )


async def claim(tx: Tx, notice_id: str) -> Claimed | None:
    """Take a message that waits. One that somebody was sending is unknown from now on: it is not sent again unasked."""
    row = await store.set_sending(tx, notice_id)
    if row is None:
        if await store.set_interrupted(tx, notice_id):
            tx.record("notification interrupted", notice_id)
        return None
    tx.record("notification about to be sent", notice_id)
    return Claimed(row, await data_key.find_key(tx, row.data_subject) if row.data_subject else None)


def open_letter(keys: KeyRing, claimed: Claimed) -> Letter | None:
    """What is to be sent; None when its person's key was destroyed."""
    return _opened(keys, claimed.row, claimed.kept)


def open_letters(keys: KeyRing, rows: Sequence[SealedRow], *, kept: DataKeyRow | None) -> list[Letter]:
    """What was said to somebody whose key this is, as far as it can still be read."""
    return [letter for row in rows if (letter := _opened(keys, row, kept)) is not None]


def _opened(keys: KeyRing, row: SealedRow, kept: DataKeyRow | None) -> Letter | None:
    assert row.sealed is not None, "what waits has its text"
    try:
        if row.data_subject is None:
            plain = keys.decrypt(row.key_id or "", row.sealed, bound_to=row.id)
        elif kept is not None:
            plain = decrypt(data_key.unwrap(keys, kept, person=row.data_subject), row.sealed, bound_to=row.id)
        else:
            return None
    except WrongKey:
        return None
    said = orjson.loads(plain)
    address, priority = said.pop("email", None) or said.pop("address"), Priority(said.pop("priority", Priority.MEDIUM))
    return Letter(row.id, row.created_at, address=address, channel=row.channel, priority=priority, **said)


async def settle(tx: Tx, row: ClaimedRow, outcome: Outcome) -> None:
    """Note what the try came to; what nobody took for now is tried again."""
    if not await store.set_outcome(tx, row, outcome):
        return
    tx.record(f"notification {outcome.status}", row.id)
    if outcome.status is Status.QUEUED:
        wait = rules.next_wait(datetime.now(UTC) - row.queued_at)
        seconds = int(wait.total_seconds())
        tx.defer(rules.SEND, lock=rules.lock_of(row.id), after_seconds=seconds, notice_id=row.id)


async def get_product(db: Db, notice_id: str) -> str:
    """Whose message it is. NoticeNotFound."""
    product = await store.find_product(db, notice_id)
    if product is None:
        raise rules.NoticeNotFound(notice_id=notice_id)
    return product


async def resend(tx: Tx, notice_id: str) -> None:
    """Somebody decided to send a failed or unknown message once more, for another day."""
    notice = await store.lock_notice(tx, notice_id)
    rules.check_resendable(notice.status, has_text=notice.has_text)
    await store.set_queued(tx, notice_id)
    tx.audit(NotifyAct.RESENT, notice_id, before={"status": notice.status}, person=notice.data_subject)
    tx.defer(rules.SEND, lock=rules.lock_of(notice_id), notice_id=notice_id)
