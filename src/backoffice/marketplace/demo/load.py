"""Writes the demo into a database without customers: staff, vendors, services, customers, and what became of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from backoffice.kernel.actor import Actor, ActorKind, Context, system
from backoffice.kernel.database import Db, Query, together
from backoffice.kernel.house import House
from backoffice.kernel.identity import passwords
from backoffice.kernel.identity.membership import NewPerson, add_person
from backoffice.kernel.identity.roles import create_role
from backoffice.kernel.write import Tx
from backoffice.kernel.write.copying import copy_all
from backoffice.marketplace.customer import store as customers
from backoffice.marketplace.customer.inviting import terms_of
from backoffice.marketplace.demo import asked as morning
from backoffice.marketplace.demo import friends, rows, searched, takedowns
from backoffice.marketplace.demo.bookings import Booking, Customer, Offer, Teller, Vendor
from backoffice.marketplace.demo.disputes import Complaints, Dispute, Refund
from backoffice.marketplace.demo.offers import OFFERS
from backoffice.marketplace.demo.people import LEAD, LEADING, staff
from backoffice.marketplace.demo.takedowns import Moderators
from backoffice.marketplace.demo.talk import SHOWN, Picture, decisions, evidence, keep_pictures, messages, run_out
from backoffice.marketplace.demo.visits import visits
from backoffice.marketplace.dispute import deciding
from backoffice.marketplace.dispute.deciding import DisputeUpdate
from backoffice.marketplace.dispute.rules import Status as DisputeStatus
from backoffice.marketplace.permissions import BOOK, ROLES, Market, Role
from backoffice.marketplace.product import MARKETPLACE
from backoffice.marketplace.refund import actions as refund_actions
from backoffice.marketplace.refund import store as refund_store
from backoffice.marketplace.refund.port import is_sandbox_on, sandbox_of
from backoffice.marketplace.refund.rules import Status as RefundStatus
from backoffice.marketplace.refund.store import Decision

SEED = 70
VENDORS, OFFERED, CUSTOMERS, BOOKINGS, DISPUTES = 300, 800, 5_000, 30_000, 400
NOTED, HURRIED, HALF_APPROVED = 24, 20, 3
"""Disputes on which somebody notes something today, or which they want to be urgent; and large refunds that one of two
people has approved.
"""
SAYINGS = "SELECT nextval('marketplace.dispute_saying_seq') FROM generate_series(1, %(count)s)"
NOTE = "Called the customer; they send pictures until tonight."


def is_begun(db: Db) -> Query[bool]:
    """Whether somebody is here already: the demo is for an empty database."""
    return db.value(bool, "SELECT EXISTS (SELECT FROM marketplace.customer)")


async def load(house: House, *, now: datetime | None = None) -> None:
    """The year in one write: a demo that is half there would tell lies. Then what staff did this morning."""
    random = Random(SEED)
    now = now or datetime.now(UTC)
    people, pictures = staff(random), await keep_pictures(house.files)
    _, nobody_knows = await passwords.one_time_password()
    async with house.database.write(replace(system(MARKETPLACE.name, "demo"), permissions=frozenset(Market))) as tx:
        tx.record("demo loaded", MARKETPLACE.name)
        await together(*unhurried(tx))
        await create_role(tx, LEADING, book=BOOK, name=LEAD)
        ids = {one.username: await add_person(tx, MARKETPLACE.name, one, password_hash=nobody_knows) for one in people}
        agents, payers, judges, leads = (
            [ids[one.username] for one in _of(people, role)]
            for role in (Role.SUPPORT_AGENT, Role.FINANCE_ADMIN, Role.CONTENT_MODERATOR, LEAD)
        )
        teller = Teller(random, now=now)
        offers, clients, bookings = await _tell(tx, teller)
        complaints = Complaints(random, bookings, now=now, agents=agents, leads=leads)
        disputes = complaints.disputes(iter(await reserve(tx, "marketplace.dispute", DISPUTES)))
        refunds = complaints.refunds(disputes, payers)
        talked = await _talk(tx, random, disputes, pictures=pictures[:SHOWN], now=now)
        troubled = {one.booking.customer.id for one in disputes} | {one.booking.customer.id for one in refunds}
        terms = terms_of(house.settings)
        brought = friends.befriend(random, clients, bookings=bookings, troubled=troubled, terms=terms)
        friends.decide(brought, deciders=leads, now=now)
        moderated = await _moderate(tx, Moderators(random, now=now, staff=judges), bookings, pictures=pictures[SHOWN:])
        tables: dict[str, Iterable[rows.Row]] = {
            **await _tables(tx, random, now=now, stories=(offers, clients, bookings, disputes, refunds)),
            **talked,
            **moderated,
        }
        purses = (entry for one in clients for entry in rows.purse(one, random))
        tables["marketplace.wallet_entry"] = [*purses, *friends.purse(brought, random)]
        await copy_all(tx, {table: rows.COLUMNS[table] for table in tables}, tables.values())
        await customers.recount(tx, *(one.id for one in clients))
        await count_reviews(tx)
        await copy_all(tx, friends.COLUMNS, friends.tables(brought, now).values())
        await copy_all(tx, searched.COLUMNS, searched.tables(offers, random, now=now).values())
    await _tell_gateway(house, refunds)
    await _work_this_morning(house, people, ids=ids, disputes=disputes, refunds=refunds)


async def _work_this_morning(
    house: House, people: list[NewPerson], *, ids: Mapping[str, int], disputes: list[Dispute], refunds: list[Refund]
) -> None:
    await _note_disputes(house, agent := _of(people, Role.SUPPORT_AGENT)[0], ids, disputes)
    async with house.database.write(*_acting(agent, ids)) as tx:
        await morning.ask(tx, [one.id for one in disputes if one.status is DisputeStatus.OPEN][:HURRIED])
    await _approve_once(house, _of(people, Role.FINANCE_ADMIN)[0], ids, refunds)


def unhurried(tx: Tx) -> list[Query[int]]:
    """On a slow machine it takes its time; and triggers that plan on empty tables know that these will be filled."""
    return [tx.run("SET LOCAL statement_timeout = 0"), tx.run("SET LOCAL enable_seqscan = off")]


def _of(people: list[NewPerson], role: str) -> list[NewPerson]:
    return [one for one in people if one.role is role]


async def _tell(tx: Tx, teller: Teller) -> tuple[list[Offer], list[Customer], list[Booking]]:
    """Services in every category, customers, and their bookings in the order in which they were made."""
    random = teller.random
    vendors = [teller.vendor(one) for one in await reserve(tx, "marketplace.vendor", VENDORS)]
    kinds = [*OFFERS, *(teller.category() for _ in range(OFFERED - len(OFFERS)))]
    owners = [*vendors, *random.choices(vendors, k=OFFERED - len(vendors))]
    offers = [teller.offer(owner, kind) for owner, kind in zip(owners, kinds, strict=True)]
    clients = [teller.customer(one) for one in await reserve(tx, "marketplace.customer", CUSTOMERS)]
    often = [min(random.paretovariate(1.6), teller.most_often(one)) for one in clients]
    by_kind = {kind: [one for one in offers if one.category == kind] for kind in OFFERS}
    bookings = [
        teller.booking(client, random.choice(by_kind[teller.category()]))
        for client in random.choices(clients, often, k=BOOKINGS)
    ]
    bookings.sort(key=lambda one: one.created)
    return offers, clients, bookings


Stories = tuple[list[Offer], list[Customer], list[Booking], list[Dispute], list[Refund]]


async def _tables(tx: Tx, random: Random, *, now: datetime, stories: Stories) -> Mapping[str, Iterable[rows.Row]]:
    """The rows of every table, each after those it names."""
    offers, clients, bookings, disputes, refunds = stories
    vendors: list[Vendor] = list({one.vendor.id: one.vendor for one in offers}.values())
    booked = await references(tx, "BKG", 4, at=[one.created for one in bookings])
    opened = await references(tx, "DSP", 4, at=[one.opened for one in disputes])
    asked = await references(tx, "RF", 6, at=[one.asked for one in refunds])
    came = [visits(one, random, now=now) for one in clients]
    numbers = dict(zip((one.id for one in refunds), asked, strict=True))
    return {
        "marketplace.vendor": [rows.vendor(one, random) for one in vendors],
        "marketplace.service": [rows.service(one, number) for number, one in enumerate(offers, 1)],
        "marketplace.customer": [rows.customer(*one, random=random) for one in zip(clients, came, strict=True)],
        "marketplace.session": [one for visitor in came for one in visitor.sessions],
        "marketplace.activity": [one for visitor in came for one in visitor.activity],
        "marketplace.booking": [rows.booking(*one, random=random) for one in zip(bookings, booked, strict=True)],
        "marketplace.booking_move": [move for one in bookings for move in rows.moves(one)],
        "marketplace.payment": [rows.payment(paid, one) for one in bookings for paid in one.payments],
        "marketplace.dispute": [rows.dispute(*one) for one in zip(disputes, opened, strict=True)],
        "marketplace.dispute_event": [
            event for one in disputes for event in rows.events(one, numbers.get(one.refund.id) if one.refund else None)
        ],
        "marketplace.refund": [rows.refund(one, numbers[one.id]) for one in refunds],
        "marketplace.review": [rows.review(one, random, now=now) for one in bookings if one.review],
    }


async def _talk(
    tx: Tx, random: Random, disputes: list[Dispute], *, pictures: list[Picture], now: datetime
) -> Mapping[str, Iterable[rows.Row]]:
    """Before the timelines are written: they tell of each."""
    ids = iter(await tx.values(int, SAYINGS, count=2 * len(disputes)))
    said = [row for one in disputes for row in messages(one, random, ids=ids)]
    run_out(disputes, now=now)
    return {
        "marketplace.dispute_message": said,
        "marketplace.dispute_evidence": evidence(disputes, pictures, random=random, now=now),
        "marketplace.dispute_decision": decisions(disputes),
    }


async def _moderate(
    tx: Tx, moderators: Moderators, bookings: list[Booking], *, pictures: list[Picture]
) -> Mapping[str, Iterable[rows.Row]]:
    """Before the reviews are written: they say what the requests are about, and whether they are still seen."""
    reviewed = [one for one in bookings if one.review]
    for one, review_id in zip(reviewed, await reserve(tx, "marketplace.review", len(reviewed)), strict=True):
        assert one.review is not None
        one.review = replace(one.review, id=review_id)
    asked = moderators.takedowns(bookings, pictures)
    numbers = await references(tx, "TR", 6, at=[one.asked for one in asked])
    return {
        "marketplace.takedown_request": [takedowns.request(*one) for one in zip(asked, numbers, strict=True)],
        "marketplace.takedown_event": [row for one in asked for row in takedowns.events(one)],
        "marketplace.takedown_decision": [row for one in asked for row in takedowns.decisions(one)],
        "marketplace.takedown_evidence": [row for one in asked for row in takedowns.evidence(one)],
        "marketplace.review_moderation": [row for one in asked for row in takedowns.moderations(one)],
    }


def reserve(tx: Db, table: str, count: int) -> Query[list[int]]:
    """The next ids of a table, never given to anybody else."""
    return tx.values(
        int,
        "SELECT nextval(pg_get_serial_sequence(%(table)s, 'id')) FROM generate_series(1, %(count)s)",
        table=table,
        count=count,
    )


def references(tx: Db, prefix: str, digits: int, *, at: Sequence[datetime]) -> Query[list[str]]:
    """The next reference of each moment's year, in their order."""
    return tx.values(
        str,
        """
        SELECT kernel.next_reference(%(prefix)s, %(digits)s, moment)
          FROM unnest(%(at)s::timestamptz[]) WITH ORDINALITY AS told (moment, place) ORDER BY place
        """,
        prefix=prefix,
        digits=digits,
        at=list(at),
    )


def count_reviews(tx: Tx) -> Query[int]:
    """What vendors are told about themselves."""
    return tx.run(
        """
        UPDATE marketplace.vendor v SET reviews = r.reviews, ratings = r.ratings
          FROM (SELECT vendor_id, count(*) AS reviews, sum(rating) AS ratings FROM marketplace.review
                WHERE status = 'published' GROUP BY 1) r
         WHERE v.id = r.vendor_id
        """
    )


def _acting(person: NewPerson, ids: Mapping[str, int]) -> tuple[Actor, Context]:
    rights = ROLES[person.role]
    actor = Actor(ActorKind.STAFF, ids[person.username], person.username, MARKETPLACE.name, person.role, rights)
    return actor, Context(request_id="demo", address="127.0.0.1", agent="demo")


async def _tell_gateway(house: House, refunds: list[Refund]) -> None:
    """The sandbox gateway knows what it gave back, and what not: comparing the money finds nothing."""
    if not is_sandbox_on(house.settings):
        return
    gateway = sandbox_of(house.settings)
    for one in refunds:
        if one.status in (RefundStatus.PROCESSED, RefundStatus.FAILED):
            async with house.database.read() as db:
                order = refund_actions.order_of(await refund_store.get_refund(db, one.id))
            await gateway.remember(order, was_given=one.status is RefundStatus.PROCESSED)


async def _note_disputes(house: House, person: NewPerson, ids: Mapping[str, int], disputes: list[Dispute]) -> None:
    """One by one, so that the audit log has something to show."""
    in_hand = [one for one in disputes if one.status is DisputeStatus.IN_PROGRESS]
    thresholds = house.settings.dual_approval_minor
    for one in in_hand[:NOTED]:
        async with house.database.write(*_acting(person, ids)) as tx:
            await deciding.update_dispute(tx, one.id, DisputeUpdate(notes=NOTE), thresholds=thresholds)


async def _approve_once(house: House, person: NewPerson, ids: Mapping[str, int], refunds: list[Refund]) -> None:
    """The largest that wait: each still needs somebody else."""
    thresholds = house.settings.dual_approval_minor
    waiting = [one for one in refunds if one.status is RefundStatus.PENDING]
    waiting.sort(key=lambda one: one.amount_minor)
    for one in waiting[-HALF_APPROVED:]:
        async with house.database.write(*_acting(person, ids)) as tx:
            await refund_actions.approve(
                tx, await refund_actions.hold(tx, one.id), Decision(reason="Vendor agrees"), thresholds=thresholds
            )
