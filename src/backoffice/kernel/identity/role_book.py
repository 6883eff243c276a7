"""What roles that staff make may be, and who may make, change and give them. Pure.

A role is any set of the permissions that the code knows, never `*`. Nobody changes their own role, and nobody hands
out, takes away or rules over what they may not do themselves.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from backoffice.kernel.actor import Actor
from backoffice.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from backoffice.kernel.folding import fold

LONGEST_NAME = 63
NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


class RoleNotFound(NotFound):
    """There is no role '{role_id}'"""

    role_id: str


class RoleExists(Conflict):
    """There is a role '{role_id}' already"""

    role_id: str


class RoleNameInvalid(Invalid):
    """A role's id has up to 63 small letters, digits and underscores and begins with a letter"""


class SystemRoleProtected(Forbidden):
    """'{role_id}' is a system role: it can't be changed or deleted"""

    role_id: str


class RoleInUse(Conflict):
    """'{role_id}' can't be deleted: {held_by} people have it, whoever is deactivated included"""

    role_id: str
    held_by: int


class UnknownPermission(Invalid):
    """'{permission}' is no permission that a role can be given"""

    permission: str


class OwnRole(Forbidden):
    """Nobody changes their own role"""


class BeyondOwn(Forbidden):
    """You can't give, take or change what you may not do yourself: {permissions}"""

    permissions: str


@dataclass(frozen=True)
class RoleBook:
    """What the code says of a product's roles: what `system` ones may do, and what comes with every role.

    `aliases` are other spellings of permissions that clients know.
    """

    product: str
    system: Mapping[str, frozenset[str]]
    everybody: frozenset[str]
    aliases: Mapping[str, str]

    @cached_property
    def known(self) -> frozenset[str]:
        """What a role can be given."""
        return frozenset[str]().union(*self.system.values()) - self.everybody

    def read(self, written: Iterable[str]) -> list[str]:
        """Permissions in the one spelling, each once. UnknownPermission; `*` is none."""
        found = set()
        for word in written:
            permission = str(self.aliases.get(word) or word.replace(".", ":"))
            if permission not in self.known | self.everybody:
                raise UnknownPermission(permission=word)
            found.add(permission)
        return sorted(found - self.everybody)

    def read_back(self, permissions: Iterable[str]) -> list[str]:
        """What the row of a role says that may do this."""
        return sorted(frozenset(permissions) - self.everybody)

    def spellings(self, permissions: Iterable[str]) -> list[str]:
        """These with every other spelling of theirs, for clients that look for it."""
        held = {str(one) for one in permissions}
        return sorted(held | {alias for alias, permission in self.aliases.items() if permission in held})

    def held_by(self, role: str, kept: Iterable[str]) -> frozenset[str]:
        """What a role may do; `kept` is what its row says. A word that no longer is a permission opens nothing."""
        return self.system.get(role) or (frozenset(kept) & self.known) | self.everybody


def name_of(title: str) -> str:
    """The id that a role gets from what it is called: `Weekend support` is weekend_support. RoleNameInvalid."""
    name = NOT_IN_NAMES.sub("_", fold(title)).strip("_")[:LONGEST_NAME]
    if not name[:1].isalpha():
        raise RoleNameInvalid
    return name


def check_within(actor: Actor, *sets: Iterable[str]) -> None:
    """Nobody hands out, takes away or rules over what they may not do themselves. BeyondOwn."""
    beyond = frozenset[str]().union(*sets) - actor.permissions
    if beyond:
        raise BeyondOwn(permissions=", ".join(sorted(beyond)))
