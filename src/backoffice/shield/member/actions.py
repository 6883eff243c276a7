"""What staff and the platform do with members. Each runs inside one write and holds the member first."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from backoffice.kernel.audit.entry import Entry
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.identifiers import new_id
from backoffice.kernel.write import Tx
from backoffice.shield import notices
from backoffice.shield.member import former_emails, rules, store
from backoffice.shield.member.platform_schemas import NewMemberIn
from backoffice.shield.member.rules import Status, UserAct
from backoffice.shield.member.store import SealedSsn


@dataclass(frozen=True, slots=True)
class Corrected:
    """Which fields changed, by the contract's names; no entry when none did."""

    fields: list[str]
    entry: Entry | None


def seal_ssn(keys: KeyRing, member_id: str, *, ssn: SecretStr) -> SealedSsn:
    """A social security number as it is kept: it opens only for this member, and shows its last four digits."""
    digits = ssn.get_secret_value().replace("-", "")
    key_id, sealed = keys.encrypt(digits.encode(), bound_to=member_id)
    return SealedSsn(key_id, sealed, digits[-4:])


def columns_of(new: NewMemberIn, keys: KeyRing) -> dict[str, Any]:
    """A new member's row, with an id and the social security number sealed."""
    row: dict[str, Any] = {
        "id": new_id("user"),
        "external_id": new.external_id,
        "email": new.email,
        "signup_source": new.signup_source,
        "signup_date": new.signup_date,
        "last_activity": new.last_activity,
        **new.profile.columns(),
    }
    if new.profile.ssn is not None:
        ssn = seal_ssn(keys, row["id"], ssn=new.profile.ssn)
        row |= {"ssn_key_id": ssn.key_id, "ssn_sealed": ssn.sealed.hex(), "ssn_last_four": ssn.last_four}
    return row


async def create_member(tx: Tx, new: dict[str, Any]) -> str:
    """A member as their platform knows them, pending until they are enrolled. EmailTaken, ExternalIdTaken."""
    if not await store.insert_members(tx, [new]):
        if await store.find_taken(tx, new["email"], new.get("external_id")) == "email":
            raise rules.EmailTaken
        raise rules.ExternalIdTaken(external_id=new.get("external_id") or "")
    audit_created(tx, new["id"])
    return str(new["id"])


def audit_created(tx: Tx, member_id: str) -> None:
    tx.audit(UserAct.CREATED, member_id, after={"status": Status.PENDING}, person=rules.person(member_id))


async def correct_profile(
    tx: Tx, member_id: str, wanted: dict[str, Any], *, ssn: SealedSsn | None = None, reason: str | None = None
) -> Corrected:
    """Change what is wanted and differs; where nothing differs, nothing changes and nothing is recorded."""
    member = await store.lock_member(tx, member_id)
    if ssn is not None:
        wanted = {**wanted, "ssn_last_four": ssn.last_four}
        await store.set_ssn(tx, member_id, ssn)
    kept = {name: getattr(member, name) for name in wanted}
    changed = {name: value for name, value in wanted.items() if value != kept[name] or name == "ssn_last_four"}
    if not changed:
        return Corrected([], None)
    before, after = rules.dotted({name: kept[name] for name in changed}), rules.dotted(changed)
    corrected = replace(member, **changed)
    with store.taken():
        await store.set_profile(tx, corrected)
    entry = tx.audit(
        UserAct.PROFILE_UPDATE,
        member_id,
        before=rules.sealed(before),
        after=rules.sealed(after),
        reason=reason,
        person=rules.person(member_id),
    )
    if corrected.email.lower() != member.email.lower():
        await former_emails.insert_former_email(tx, member_id, member.email)
        await notices.tell_email_changed(tx, corrected.addressee, former=member.email, change=entry.id)
    return Corrected(list(after), entry)


async def note_activity(tx: Tx, member_id: str, at: datetime) -> None:
    """Remember when the platform last saw the member; an earlier time changes nothing."""
    await store.lock_member(tx, member_id)
    await store.set_last_activity(tx, member_id, at)
    tx.record("member seen", member_id)
