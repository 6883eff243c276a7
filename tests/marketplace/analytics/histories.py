"""What may happen to bookings and their money, at random: early, late, corrected, undone."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from backoffice.kernel.write import Tx
from backoffice.marketplace.booking.rules import TRANSITIONS, Status
from backoffice.marketplace.payment.rules import Method
from tests.marketplace.analytics.plain import CATEGORIES, CITIES, MOMENTS, book, fold, moment
from tests.marketplace.making import Given

WHICH = st.integers(0, 1_000)
METHODS = st.sampled_from([method.value for method in Method])
OF_BOOKINGS = st.one_of(
    st.tuples(
        st.just("book"),
        st.lists(
            st.tuples(
                MOMENTS,
                st.integers(1, 4),
                st.sampled_from(CITIES),
                st.integers(0, 5_000),
                st.sampled_from([status.value for status in Status]),
            ),
            min_size=1,
            max_size=6,
        ),
    ),
    st.tuples(st.just("move"), st.tuples(WHICH, WHICH)),
    st.tuples(st.just("correct"), st.tuples(WHICH, MOMENTS, st.sampled_from(CITIES), st.integers(0, 5_000))),
    st.tuples(st.just("delete"), WHICH),
    st.tuples(st.just("recategorise"), st.tuples(st.integers(1, 4), st.sampled_from(CATEGORIES))),
    st.tuples(st.just("fold"), st.none()),
)


OF_MONEY = st.one_of(
    OF_BOOKINGS,
    st.tuples(st.just("pay"), st.tuples(WHICH, MOMENTS, METHODS, st.integers(1, 5_000))),
    st.tuples(st.just("refund"), st.tuples(WHICH, MOMENTS, st.integers(1, 5_000))),
    st.tuples(st.just("charge_back"), st.tuples(WHICH, MOMENTS, st.integers(1, 5_000))),
    st.tuples(st.just("correct_payment"), st.tuples(WHICH, MOMENTS, METHODS)),
    st.tuples(st.just("correct_commission"), st.tuples(WHICH, st.integers(0, 1_000))),
    st.tuples(st.just("correct_refund"), st.tuples(WHICH, MOMENTS)),
    st.tuples(st.just("delete_refund"), WHICH),
)


class History:
    """What happens, one act after the other. Each names a booking by any number."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.made = 0

    async def act(self, name: str, what: Any) -> None:
        if name == "fold":
            await fold(self.given)
            return
        async with self.given.write() as tx:
            tx.record("made", "for a test")
            await getattr(self, name)(tx, what)

    async def book(self, tx: Tx, rows: Sequence[Any]) -> None:
        numbered = []
        for at, service, city, amount, status in rows:
            self.made += 1
            numbered.append((self.made, moment(*at), service, city, amount, status))
        await book(tx, numbered)

    async def forget(self) -> None:
        """Everything is undone; what sums remember of it must be nothing."""
        async with self.given.write() as tx:
            tx.record("made", "for a test")
            for table in ("refund", "chargeback", "payment", "booking"):
                await tx.run("DELETE FROM marketplace.{table}".replace("{table}", table))  # type: ignore[arg-type]

    async def which(self, tx: Tx, number: int) -> tuple[str, str] | None:
        found = await tx.values(str, "SELECT id || ' ' || status FROM marketplace.booking ORDER BY id")
        if not found:
            return None
        booking_id, status = found[number % len(found)].split()
        return booking_id, status

    async def move(self, tx: Tx, what: tuple[int, int]) -> None:
        found = await self.which(tx, what[0])
        ways = sorted(TRANSITIONS[Status(found[1])]) if found else []
        if found and ways:
            await tx.run(
                """
                UPDATE marketplace.booking
                   SET status = %(to)s, cancelled_at = CASE WHEN %(to)s = 'cancelled' THEN now() END
                 WHERE id = %(id)s
                """,
                id=found[0],
                to=ways[what[1] % len(ways)].value,
            )

    async def correct(self, tx: Tx, what: tuple[int, Any, str | None, int]) -> None:
        """It was made at another time, for another place and price."""
        if found := await self.which(tx, what[0]):
            await tx.run(
                """
                UPDATE marketplace.booking
                   SET created_at = %(at)s, city = %(city)s, base_minor = %(amount)s, amount_minor = %(amount)s
                 WHERE id = %(id)s
                """,
                id=found[0],
                at=moment(*what[1]),
                city=what[2],
                amount=what[3],
            )

    async def delete(self, tx: Tx, number: int) -> None:
        """A booking with all its money."""
        if found := await self.which(tx, number):
            for statement in DELETIONS:
                await tx.run(statement, id=found[0])

    async def recategorise(self, tx: Tx, what: tuple[int, str]) -> None:
        await tx.run(
            "UPDATE marketplace.service SET category = %(category)s WHERE id = %(id)s",
            id=f"svc_{what[0]}",
            category=what[1],
        )

    async def pay(self, tx: Tx, what: tuple[int, Any, str, int]) -> None:
        if found := await self.which(tx, what[0]):
            self.made += 1
            await tx.run(
                """
                INSERT INTO marketplace.payment (id, booking_id, customer_id, amount_minor, method, gateway, status,
                                                 captured_minor, created_at, completed_at)
                     VALUES ('pay_' || %(n)s, %(id)s, 1, %(amount)s, %(method)s, 'sandbox',
                             CASE WHEN mod(%(n)s, 5) = 0 THEN 'failed' ELSE 'success' END,
                             CASE WHEN mod(%(n)s, 5) = 0 THEN 0 ELSE %(amount)s END, %(at)s, %(at)s)
                """,
                n=self.made,
                id=found[0],
                at=moment(*what[1]),
                method=what[2],
                amount=what[3],
            )

    async def refund(self, tx: Tx, what: tuple[int, Any, int]) -> None:
        """Never more than is left."""
        self.made += 1
        await tx.run(
            """
            INSERT INTO marketplace.refund (id, number, payment_id, booking_id, customer_id, vendor_id, origin, status,
                                            requested_minor, amount_minor, reason, requested_by, decided_at,
                                            gateway_refund_id, processed_at)
            SELECT gen_random_uuid(), 'RF-' || %(n)s, p.id, p.booking_id, 1, 1, 'request', 'processed',
                   least(%(amount)s, p.left_minor), least(%(amount)s, p.left_minor), 'other', 'user', %(at)s, 'gw',
                   %(at)s
              FROM (SELECT *, captured_minor - refunded_minor - charged_back_minor AS left_minor
                      FROM marketplace.payment) p
             WHERE p.left_minor > 0 ORDER BY p.id OFFSET mod(%(which)s, 3) LIMIT 1
            """,
            n=self.made,
            which=what[0],
            at=moment(*what[1]),
            amount=what[2],
        )

    async def charge_back(self, tx: Tx, what: tuple[int, Any, int]) -> None:
        """A bank takes money back, perhaps more than is left."""
        self.made += 1
        await tx.run(
            """
            INSERT INTO marketplace.chargeback (id, gateway, gateway_chargeback_id, payment_id, customer_id, status,
                                                amount_minor, opened_at, ended_at)
            SELECT gen_random_uuid(), 'sandbox', %(n)s::text, id, 1, 'lost', %(amount)s, %(at)s, %(at)s
              FROM marketplace.payment WHERE captured_minor > 0 ORDER BY id OFFSET mod(%(which)s, 3) LIMIT 1
            """,
            n=self.made,
            which=what[0],
            at=moment(*what[1]),
            amount=what[2],
        )

    async def correct_payment(self, tx: Tx, what: tuple[int, Any, str]) -> None:
        """It was made at another time, by another method."""
        await tx.run(
            """
            UPDATE marketplace.payment SET completed_at = %(at)s, method = %(method)s
             WHERE id = (SELECT id FROM marketplace.payment ORDER BY id OFFSET mod(%(which)s, 4) LIMIT 1)
            """,
            which=what[0],
            at=moment(*what[1]),
            method=what[2],
        )

    async def correct_commission(self, tx: Tx, what: tuple[int, int]) -> None:
        if found := await self.which(tx, what[0]):
            await tx.run(
                "UPDATE marketplace.booking SET commission_permille = %(share)s WHERE id = %(id)s",
                id=found[0],
                share=what[1],
            )

    async def correct_refund(self, tx: Tx, what: tuple[int, Any]) -> None:
        await tx.run(
            """
            UPDATE marketplace.refund SET processed_at = %(at)s
             WHERE id = (SELECT id FROM marketplace.refund ORDER BY id OFFSET mod(%(which)s, 3) LIMIT 1)
            """,
            which=what[0],
            at=moment(*what[1]),
        )

    async def delete_refund(self, tx: Tx, which: int) -> None:
        await tx.run(
            """
            DELETE FROM marketplace.refund
             WHERE id = (SELECT id FROM marketplace.refund ORDER BY id OFFSET mod(%(which)s, 3) LIMIT 1)
            """,
            which=which,
        )


DELETIONS = (
    "DELETE FROM marketplace.refund WHERE booking_id = %(id)s",
    """
    DELETE FROM marketplace.chargeback
     WHERE payment_id IN (SELECT id FROM marketplace.payment WHERE booking_id = %(id)s)
    """,
    "DELETE FROM marketplace.payment WHERE booking_id = %(id)s",
    "DELETE FROM marketplace.booking WHERE id = %(id)s",
)
