"""What members paid, and what it pays: premiums, changes of plan, coming back. Credit is what was paid and not used.

Each runs inside the caller's write and is entered in the ledger. Callers of all but `record_payment` hold the member.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time

from backoffice.kernel.identifiers import new_id
from backoffice.kernel.write import Tx
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member import store as members
from backoffice.shield.plan import ledger, payments, rules, store
from backoffice.shield.plan.ledger import Cause
from backoffice.shield.plan.payments import PaymentRow
from backoffice.shield.plan.rules import Cover, PlanAct, Proration
from backoffice.shield.plan.store import ChangeRow, PlanRow, SubscriptionRow

SAME = ("member_id", "amount_minor", "method", "paid_at")
"""What a payment that is sent again must repeat."""


async def record_payment(tx: Tx, new: PaymentRow) -> PaymentRow:
    """Keep a premium the platform collected, once: with the credit there is, it pays the whole months it covers.

    What is left stays as credit, also of somebody who is on no plan (yet). Said again, it changes nothing.
    """
    await members.lock_member(tx, new.member_id)
    current = await store.lock_subscription(tx, new.member_id)
    last = current or await store.lock_last_subscription(tx, new.member_id)
    plan = await store.get_plan(tx, last.plan_id) if last else None
    book = await ledger.open_book(tx, new.member_id, last=last, plan=plan)
    money = book.balance_minor + new.amount_minor
    paid, months = _paid(current, plan, money_minor=money) if current and plan else (last, 0)
    left = paid.credit_minor if current and paid else money
    new = replace(new, months_paid=months, credit_minor=left)
    if await payments.insert_payment(tx, new) is None:
        known = await payments.get_payment(tx, new.external_id)
        if any(getattr(known, name) != getattr(new, name) for name in SAME):
            raise rules.PaymentKnown(external_id=new.external_id)
        tx.record("premium known", new.member_id)
        return known
    await ledger.insert_entry(tx, new.member_id, cause=Cause.PREMIUM, amount_minor=new.amount_minor, about=new.id)
    if current and plan:
        current = await _pay(tx, replace(current, credit_minor=money), plan)
    if last is not None:
        await store.set_paid(tx, current or replace(last, credit_minor=money))
    tx.audit(
        PlanAct.PREMIUM_RECORDED,
        new.member_id,
        after={"payment.id": new.id, "payment.amount": new.amount_minor, "payment.months_paid": new.months_paid},
        person=member_rules.person(new.member_id),
    )
    return new


def first_month(member_id: str, plan_id: str, *, starts_at: datetime, payment_method: str | None) -> SubscriptionRow:
    """A subscription whose first month is billed on its first day."""
    anchor = starts_at.astimezone(UTC).date()
    return SubscriptionRow(
        id=new_id("sub"),
        member_id=member_id,
        plan_id=plan_id,
        enrolled_at=starts_at,
        next_billing_date=_midnight(anchor),
        billing_anchor=anchor,
        payment_method=payment_method,
        credit_minor=0,
        has_begun=starts_at <= datetime.now(UTC),
    )


async def begin(tx: Tx, new: SubscriptionRow, plan: PlanRow) -> SubscriptionRow:
    """What was paid before the enrolment pays its first months."""
    last = await store.lock_last_subscription(tx, new.member_id)
    if last is not None:
        return await take_over(tx, new, plan, last=last, old=await store.get_plan(tx, last.plan_id))
    book = await ledger.open_book(tx, new.member_id, last=None, plan=None)
    return await _pay(tx, replace(new, credit_minor=book.balance_minor), plan)


async def take_over(
    tx: Tx, new: SubscriptionRow, plan: PlanRow, *, last: SubscriptionRow, old: PlanRow
) -> SubscriptionRow:
    """Days that were paid ahead stay paid under the same plan; under another they are credit, as they were paid."""
    book = await ledger.open_book(tx, new.member_id, last=last, plan=old)
    day, money = new.enrolled_at.astimezone(UTC).date(), book.balance_minor
    ahead = any(one.ends_on > day for one in book.cover)
    if ahead and old.id == plan.id and last.enrolled_at <= new.enrolled_at:
        new = replace(new, billing_anchor=last.billing_anchor, next_billing_date=last.next_billing_date)
    elif ahead:
        unused = rules.unused(book.cover, anchor=last.billing_anchor, on=day)
        await ledger.cut_cover(tx, new.member_id, on=day)
        await ledger.insert_entry(tx, new.member_id, cause=Cause.UNUSED, amount_minor=unused, about=old.id)
        money += unused
    return await _pay(tx, replace(new, credit_minor=money), plan)


async def prorated(tx: Tx, current: SubscriptionRow, old: PlanRow, *, to: PlanRow, on: datetime) -> Proration:
    """What the days paid already were paid with, and what they cost under the other plan."""
    book = await ledger.open_book(tx, current.member_id, last=current, plan=old)
    return _compared(current, to, cover=book.cover, on=on.astimezone(UTC).date())


async def change_over(
    tx: Tx, change: ChangeRow, successor: SubscriptionRow, *, old: PlanRow, to: PlanRow
) -> SubscriptionRow:
    """The paid days under the new plan: at its price if prorated, else as paid, and more is a gift."""
    book = await ledger.open_book(tx, change.member_id, last=replace(successor, plan_id=old.id), plan=old)
    day = max(change.effective_at.astimezone(UTC).date(), successor.billing_anchor)
    until, compared = successor.paid_until, _compared(successor, to, cover=book.cover, on=day)
    if change.prorates and until is not None and until > day:
        await ledger.cut_cover(tx, change.member_id, on=day)
        await ledger.insert_entry(
            tx, change.member_id, cause=Cause.UNUSED, amount_minor=change.credit_minor, about=change.id
        )
        due = change.charge_minor - change.credit_minor
        await ledger.insert_entry(tx, change.member_id, cause=Cause.CHANGE, amount_minor=due, about=change.id)
        await ledger.insert_entry(
            tx, change.member_id, cause=Cause.MONTHS, amount_minor=-change.charge_minor, about=to.id
        )
        await ledger.insert_cover(tx, change.member_id, Cover(day, until, to.monthly_cost_minor))
    elif compared.due_minor > 0:
        await ledger.insert_goodwill(tx, change.member_id, compared.due_minor, about=change.id)
    return await _pay(tx, replace(successor, credit_minor=book.balance_minor), to)


def _compared(current: SubscriptionRow, to: PlanRow, *, cover: list[Cover], on: date) -> Proration:
    price, until = to.monthly_cost_minor, current.paid_until
    listed = rules.prorate(price, price, anchor=current.billing_anchor, on=on, paid_until=until)
    return replace(listed, credit_minor=rules.unused(cover, anchor=current.billing_anchor, on=on))


async def _pay(tx: Tx, subscription: SubscriptionRow, plan: PlanRow) -> SubscriptionRow:
    """With the whole months that its credit pays, entered in the ledger."""
    paid, months = _paid(subscription, plan, money_minor=subscription.credit_minor)
    due, until = subscription.paid_until, paid.paid_until
    if months and due is not None and until is not None:
        cost = -months * plan.monthly_cost_minor
        await ledger.insert_entry(tx, subscription.member_id, cause=Cause.MONTHS, amount_minor=cost, about=plan.id)
        await ledger.insert_cover(tx, subscription.member_id, Cover(due, until, plan.monthly_cost_minor))
    return paid


def _paid(subscription: SubscriptionRow, plan: PlanRow, *, money_minor: int) -> tuple[SubscriptionRow, int]:
    """With the whole months that the money pays, the rest of it as credit; and how many they are."""
    due = subscription.paid_until
    if due is None:
        return replace(subscription, credit_minor=money_minor), 0
    paid = rules.pay(money_minor, cost_minor=plan.monthly_cost_minor, anchor=subscription.billing_anchor, due=due)
    until = _midnight(paid.until) if paid.months else subscription.next_billing_date
    return replace(subscription, next_billing_date=until, credit_minor=paid.credit_minor), paid.months


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
