"""Who acts on shield during a storm: staff and a platform made for it."""

from dataclasses import dataclass

from backoffice.kernel.actor import system
from backoffice.kernel.house import House
from backoffice.kernel.identity import api_keys, membership, passwords
from backoffice.kernel.identity.membership import NewPerson
from backoffice.shield.permissions import Role, Scope
from benchmarks.kills.line import Call, Line

STAFF = (Role.CLAIMS_HANDLER, Role.SUPER_ADMIN, Role.SUPER_ADMIN, Role.FINANCE, Role.FINANCE)
"""The first three approve, the last four pay."""
HARNESS = system("shield", "kills")


@dataclass(frozen=True)
class Cast:
    """Headers of each who acts."""

    approvers: list[dict[str, str]]
    payers: list[dict[str, str]]
    platform: dict[str, str]


async def enter(house: House, line: Line) -> Cast:
    """Put everybody into the directory and sign them in."""
    password = passwords.generate_password()
    hashed = await passwords.hash_password(password)
    emails = [f"kills{number}@backoffice.example" for number, _ in enumerate(STAFF)]
    async with house.database.write(HARNESS) as tx:
        for role, email in zip(STAFF, emails, strict=True):
            person = NewPerson(email.split("@")[0], email, "One Of The Storm", role)
            await membership.add_person(tx, "shield", person, password_hash=hashed)
        _, key = await api_keys.create_key(
            tx, product="shield", name="kills", scopes=list(Scope), known=frozenset(Scope)
        )
    staff = []
    for email in emails:
        signed = await line.done(Call("POST", "/v1/admin/auth/login", {"email": email, "password": password}), {})
        staff.append({"Authorization": f"Bearer {signed['token']}"})
    return Cast(staff[:3], staff[1:], {"X-API-Key": key})
