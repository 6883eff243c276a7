"""The roles that a dump's rights name: read from what was kept of the server, made anew where they are missing.

A provider's administrator may make roles, and may not say of one that it is no superuser: so the statements of the kept
file are read, and those that the house needs are written anew. Passwords are not in it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import LiteralString

import psycopg
from psycopg.sql import SQL, Identifier

from backoffice.kernel.backup.source import Db
from backoffice.kernel.restore.rules import NeedsAdministrator

NAME = r'([a-z_][a-z0-9_$]*|"(?:[^"]|"")+")'
MADE = re.compile(rf"CREATE ROLE {NAME};")
ATTRIBUTES = re.compile(rf"ALTER ROLE {NAME} WITH (.+);")
SETTING = re.compile(rf"ALTER ROLE {NAME} SET (\S+) TO (.+);")
GRANTED = re.compile(rf"GRANT .+ TO {NAME}(?: WITH GRANT OPTION)?;")
SCHEMA = re.compile(r" SCHEMA - (\S+) ")
OWNED = re.compile(r"SCHEMA - kernel (.+)")
KEPT_ATTRIBUTES = {"LOGIN", "NOINHERIT"}


@dataclass(slots=True)
class Role:
    """A role as it was kept. `settings` are the name, the value and the whole statement of each."""

    name: str
    attributes: set[str] = field(default_factory=set)
    settings: list[tuple[str, str, str]] = field(default_factory=list)


def read_roles(lines: Iterable[str]) -> dict[str, Role]:
    """What `pg_dumpall --roles-only` wrote, by name."""
    found: dict[str, Role] = {}
    for line in lines:
        if made := MADE.fullmatch(line):
            found[_plain(made[1])] = Role(_plain(made[1]))
        elif (known := ATTRIBUTES.fullmatch(line)) and _plain(known[1]) in found:
            found[_plain(known[1])].attributes = set(known[2].split()) & KEPT_ATTRIBUTES
        elif (given := SETTING.fullmatch(line)) and _plain(given[1]) in found:
            found[_plain(given[1])].settings.append((given[2], given[3].replace("'", ""), line))
    return found


def granted_in(lines: Iterable[str]) -> set[str]:
    """Whom the statements of a dump give rights."""
    return {_plain(found[1]) for line in lines if (found := GRANTED.fullmatch(line.rstrip()))}


def owner_in(contents: Iterable[str]) -> str:
    """Who owned the tables, by the dump's list of contents; empty where that doesn't say."""
    return next((found[1].strip() for line in contents if (found := OWNED.search(line))), "")


def schemas_in(contents: Iterable[str]) -> set[str]:
    """The schemas that a dump brings, by its list of contents."""
    return {found[1] for line in contents if (found := SCHEMA.search(line))}


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def make_ready(db: Db, roles: Iterable[Role], *, owner: str) -> list[str]:
    """Make what is missing: the roles, their settings, and the right of `owner` to fill this database.

    The names of those that were made, which have no password yet. NeedsAdministrator names the statements that our role
    may not run; nothing is changed then.
    """
    database, made = Identifier(db.info.dbname), list[str]()
    statements: list[str] = []

    def also(statement: LiteralString, *names: Identifier) -> None:
        statements.append(SQL(statement).format(*names).as_string(db))

    for role in roles:
        known = db.execute("SELECT coalesce(rolconfig, '{}') FROM pg_roles WHERE rolname = %s", [role.name]).fetchone()
        if known is None:
            made.append(role.name)
            also("CREATE ROLE {}", Identifier(role.name))
            statements[-1] += "".join(f" {one}" for one in sorted(role.attributes))
        if known is None or not _may_connect(db, role.name):
            also("GRANT CONNECT ON DATABASE {} TO {}", database, Identifier(role.name))
        has = set(known[0]) if known else set()
        statements += [said.rstrip(";") for name, value, said in role.settings if f"{name}={value}" not in has]
    if owner in made and not _is_superuser(db):
        also("GRANT {} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE", Identifier(owner))
    if owner in made or (may_become(db, owner) and not _owns(db, owner)):
        also("ALTER DATABASE {} OWNER TO {}", database, Identifier(owner))
    _run(db, statements)
    return made


def may_become(db: Db, owner: str) -> bool:
    """Whether our role may act as this one, if there is one."""
    found = db.execute("SELECT pg_has_role(oid, 'SET') FROM pg_roles WHERE rolname = %s", [owner]).fetchone()
    return found == (True,)


def _is_superuser(db: Db) -> bool:
    return db.execute("SELECT current_setting('is_superuser')").fetchone() == ("on",)


def _may_connect(db: Db, role: str) -> bool:
    found = db.execute("SELECT has_database_privilege(%s, current_database(), 'CONNECT')", [role]).fetchone()
    return found == (True,)


def _owns(db: Db, owner: str) -> bool:
    statement = "SELECT pg_get_userbyid(datdba) = %s FROM pg_database WHERE datname = current_database()"
    return db.execute(statement, [owner]).fetchone() == (True,)


def _run(db: Db, statements: list[str]) -> None:
    """All or nothing."""
    try:
        with db.transaction():
            for statement in statements:
                db.execute(statement.encode())
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidGrantOperation) as refused:
        raise NeedsAdministrator(
            statements="; ".join(statements), reason=refused.diag.message_primary or ""
        ) from refused
