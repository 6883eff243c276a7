"""Customers who bring customers: the code they give to friends, and noting who came by it. Each runs inside one write.

What is promised for it is kept with it. Whether it was earned is judged in `marketplace/referral`.
"""

import secrets

from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import invitations, rules, store
from backoffice.marketplace.customer.invitations import InvitedRow, Terms
from backoffice.marketplace.customer.rules import InvitationAct, Status
from backoffice.settings import Settings

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""None that is taken for another when it is read aloud."""
LENGTH = 8


def terms_of(settings: Settings) -> Terms:
    return Terms(
        reward_minor=settings.referral_reward_minor,
        minimum_spend_minor=settings.referral_minimum_spend_minor,
        days=settings.referral_days,
    )


async def give_code(tx: Tx, customer_id: int, *, wanted: str | None = None) -> str:
    """The customer's code, always the same one; a new one says nothing of who they are unless the platform chose it.

    UserNotFound, UserDeleted, ReferralCodeTaken.
    """
    customer = await store.lock_customer(tx, customer_id)
    if customer.status is Status.DELETED:
        raise rules.UserDeleted(user_id=customer_id)
    known = await invitations.find_code(tx, customer_id)
    if known is not None:
        if wanted not in (None, known):
            raise rules.ReferralCodeTaken(referral_code=known)
        return known
    code = wanted or "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    if await invitations.insert_code(tx, code, customer_id) is None:
        raise rules.ReferralCodeTaken(referral_code=code)
    tx.audit(InvitationAct.CODE_GIVEN, customer_id, person=rules.person(customer_id))
    return code


async def invite(tx: Tx, customer_id: int, code: str, *, terms: Terms) -> InvitedRow:
    """Note that a customer came by somebody's code, before they booked anything. Told again it is the same referral.

    ReferralCodeNotFound also where its owner was erased; UserNotFound, UserDeleted, SelfReferral, ReferralExists,
    UserHasBooked.
    """
    referrer_id = await invitations.find_owner(tx, code)
    if referrer_id is None:
        raise rules.ReferralCodeNotFound(referral_code=code)
    if referrer_id == customer_id:
        raise rules.SelfReferral(user_id=customer_id)
    parties = {one.id: one for one in await invitations.lock_both(tx, referrer_id, customer_id)}
    if customer_id not in parties:
        raise rules.UserNotFound(user_id=customer_id)
    customer = parties[customer_id]
    if customer.status is Status.DELETED:
        raise rules.UserDeleted(user_id=customer_id)
    if parties[referrer_id].status is Status.DELETED:
        raise rules.ReferralCodeNotFound(referral_code=code)
    known = await invitations.find_invited(tx, customer_id)
    if known is not None:
        if known.referrer_id != referrer_id:
            raise rules.ReferralExists(referral_id=str(known.id))
        return known
    if customer.bookings:
        raise rules.UserHasBooked(user_id=customer_id)
    invited = InvitedRow(uuid7(), code, referrer_id=referrer_id, referred_id=customer_id)
    flags = await invitations.insert_invited(tx, invited, terms)
    tx.audit(
        InvitationAct.RECORDED,
        invited.id,
        after={"referrer_id": referrer_id, "referred_id": customer_id, "reward": terms.reward_minor, "flags": flags},
        person=rules.person(customer_id),
    )
    return invited
