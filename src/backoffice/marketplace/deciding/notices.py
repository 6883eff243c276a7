"""What customers and vendors are told of a decided refund. What staff note for themselves is not among the facts."""

from backoffice.kernel.notify.actions import Notice, Recipient, notify
from backoffice.kernel.notify.templates import Template
from backoffice.kernel.write import Tx
from backoffice.marketplace.account.notices import recipient, way_to
from backoffice.marketplace.account.store import lock_account
from backoffice.marketplace.customer.rules import Status as AccountStatus
from backoffice.marketplace.refund.rules import Status
from backoffice.marketplace.refund.store import RefundRow, VendorRow, get_vendor

APPROVED = Template(
    name="marketplace.refund_approved",
    subject="We give back $amount",
    text="""$greeting

we give back $amount of your payment for a booking (refund $number). It goes to
where you paid from; by card or bank that can take some days.
""",
    facts=frozenset({"greeting", "amount", "number"}),
)
REJECTED = Template(
    name="marketplace.refund_rejected",
    subject="Your refund was not approved",
    text="""$greeting

your refund of $amount ($number) was not approved.
If you think that this is a mistake, please write to our support.
""",
    facts=frozenset({"greeting", "amount", "number"}),
)
TO_VENDOR = Template(
    name="marketplace.refund_told_to_vendor",
    subject="A customer gets $amount back",
    text="""$greeting

a customer of yours gets $amount back for a booking (refund $number).
""",
    facts=frozenset({"greeting", "amount", "number"}),
)


async def tell_customer(tx: Tx, refund: RefundRow) -> None:
    """Of a refund that was just decided, once for each decision; nobody is told who was erased."""
    account = await lock_account(tx, refund.customer_id)
    if account.status is AccountStatus.DELETED:
        return
    channel = way_to(account)
    template = REJECTED if refund.status is Status.REJECTED else APPROVED
    facts = _facts(refund, account.name)
    await notify(tx, Notice(template, recipient(account, channel), facts, _key(refund, "user"), channel=channel))


async def tell_vendor(tx: Tx, refund: RefundRow) -> None:
    """By e-mail, where the vendor has one."""
    vendor: VendorRow = await get_vendor(tx, refund.id)
    if vendor.email is not None:
        to = Recipient(vendor.email, vendor.name)
        await notify(tx, Notice(TO_VENDOR, to, _facts(refund, vendor.name), _key(refund, "vendor")))


def _facts(refund: RefundRow, name: str | None) -> dict[str, str]:
    amount = f"{refund.currency} {refund.amount_minor // 100:,}.{refund.amount_minor % 100:02d}"
    return {"greeting": f"Hello {name}," if name else "Hello,", "amount": amount, "number": refund.number}


def _key(refund: RefundRow, whom: str) -> str:
    return f"refund:{refund.id}:{'rejected' if refund.status is Status.REJECTED else refund.tries}:{whom}"
