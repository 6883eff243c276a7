"""Whether this process has the secrets of all the others: asked before its first write, and by its readiness.

With another key ring it would write what no other can read; with another token secret it would refuse their tokens.
The database keeps a keyed hash of each secret, written by the first process, under a lock.
"""

import hmac
from dataclasses import dataclass, field

from backoffice.kernel.database.query import Db
from backoffice.kernel.encryption.keyring import KeyRing, WrongKey
from backoffice.kernel.secrets.refusal import SecretsDiffer
from backoffice.kernel.write.transaction import Tx

TOKEN_SECRET = "TOKEN_SECRET"  # noqa: S105
LOCK = 0x73656372


@dataclass(frozen=True, slots=True)
class CheckRow:
    name: str
    digest: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A value sealed under the key ring, and what it is bound to."""

    belongs: str
    key_id: str
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a process was started with."""

    keys: KeyRing
    token_secret: str = field(repr=False)

    def digests(self) -> dict[str, bytes]:
        keys = {f"key:{name}": digest for name, digest in self.keys.check_values().items()}
        return keys | {TOKEN_SECRET: hmac.digest(self.token_secret.encode(), b"check value", "sha256")}

    @property
    def used(self) -> set[str]:
        """The names of what this process writes with."""
        return {f"key:{self.keys.current}", TOKEN_SECRET}


async def refuse_other_secrets(db: Db, secrets: Secrets) -> set[str]:
    """The names that the database does not know yet, of what is written with; SecretsDiffer when one differs."""
    known = {row.name: row.digest for row in await db.all(CheckRow, "SELECT name, digest FROM kernel.secret_check")}
    ours = secrets.digests()
    for name, digest in sorted(known.items()):
        if name not in ours:
            raise SecretsDiffer(
                f"ENCRYPTION_KEYS lacks the key {name.removeprefix('key:')}, under which this database keeps values."
            )
        if not hmac.compare_digest(ours[name], digest):
            raise SecretsDiffer(_differs(name))
    return secrets.used - known.keys()


async def introduce(tx: Tx, secrets: Secrets) -> None:
    """Write down what is not known yet, decided under a lock: of two first processes with other keys one is refused."""
    await tx.run("SELECT pg_advisory_xact_lock(%(lock)s)", lock=LOCK)
    await refuse_other_secrets(tx, secrets)
    any_key = await tx.value(bool, "SELECT EXISTS (SELECT FROM kernel.secret_check WHERE name LIKE 'key:%%')")
    if not any_key:
        await _refuse_unreadable(tx, secrets.keys)
    for name, digest in secrets.digests().items():
        if name in secrets.used or not any_key:
            await tx.run(
                """
                INSERT INTO kernel.secret_check (name, digest) VALUES (%(name)s, %(digest)s) ON CONFLICT DO NOTHING
                """,
                name=name,
                digest=digest,
            )


async def _refuse_unreadable(tx: Tx, keys: KeyRing) -> None:
    """A database from before there were check values is known by what is sealed in it."""
    sample = await tx.find(
        SealedRow, "SELECT data_subject AS belongs, key_id, wrapped AS sealed FROM kernel.data_key LIMIT 1"
    )
    if sample is None:
        return
    try:
        keys.decrypt(sample.key_id, sample.sealed, bound_to=sample.belongs)
    except WrongKey as exc:
        raise SecretsDiffer(_differs(f"key:{sample.key_id}")) from exc


async def forget_other_keys(tx: Tx, keys: KeyRing) -> None:
    """After a rotation: nothing is sealed under another key than the first."""
    await tx.run(
        "DELETE FROM kernel.secret_check WHERE name LIKE 'key:%%' AND name <> %(current)s",
        current=f"key:{keys.current}",
    )


async def forget_token_secret(tx: Tx) -> None:
    """The next process to start brings the new one; whoever has the old one is unready then."""
    await tx.run("DELETE FROM kernel.secret_check WHERE name = %(name)s", name=TOKEN_SECRET)


def _differs(name: str) -> str:
    if name == TOKEN_SECRET:
        return (
            "TOKEN_SECRET is another than that of the other processes. If it is meant to change, which signs everybody "
            "out, run `backoffice keys change-token-secret` first."
        )
    return (
        f"ENCRYPTION_KEYS holds another key {name.removeprefix('key:')} than this database is sealed under, or none "
        "of that name."
    )
