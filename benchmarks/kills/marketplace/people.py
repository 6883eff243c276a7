"""Who acts on the marketplace during a storm: staff and a platform made for it."""

from dataclasses import dataclass

from backoffice.kernel.actor import system
from backoffice.kernel.house import House
from backoffice.kernel.identity import api_keys, membership, passwords
from backoffice.kernel.identity.membership import NewPerson
from backoffice.marketplace.permissions import Role, Scope
from benchmarks.kills.line import Call, Line

PRODUCT = "marketplace"
STAFF = (Role.SUPER_ADMIN,) * 4
"""Resolving disputes, deciding refunds and giving goodwill needs what only they may do together."""
HARNESS = system(PRODUCT, "kills")


@dataclass(frozen=True)
class Cast:
    """Who may sign in, and the headers of the platform."""

    emails: list[str]
    password: str
    platform: dict[str, str]

    async def sign_in(self, line: Line) -> list[dict[str, str]]:
        """Headers of each, good for a quarter of an hour."""
        said = [
            await line.done(
                Call("POST", "/api/v1/admin/auth/login", {"email_or_phone": email, "password": self.password}), {}
            )
            for email in self.emails
        ]
        return [{"Authorization": f"Bearer {one['access_token']}"} for one in said]


async def enter(house: House) -> Cast:
    """Put everybody into the directory."""
    password = passwords.generate_password()
    hashed = await passwords.hash_password(password)
    emails = [f"refunds{number}@backoffice.example" for number, _ in enumerate(STAFF)]
    async with house.database.write(HARNESS) as tx:
        for role, email in zip(STAFF, emails, strict=True):
            person = NewPerson(email.split("@")[0], email, "One Of The Storm", role)
            await membership.add_person(tx, PRODUCT, person, password_hash=hashed)
        _, key = await api_keys.create_key(
            tx, product=PRODUCT, name="kills", scopes=list(Scope), known=frozenset(Scope)
        )
    return Cast(emails, password, {"X-API-Key": key})
