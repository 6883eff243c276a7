"""Who acts, and from where. Every write and every audit entry names an Actor and a Context."""

from dataclasses import dataclass, field
from enum import StrEnum


class ActorKind(StrEnum):
    STAFF = "staff"
    PLATFORM = "platform"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A staff member in one product, a platform's API key, or the system itself."""

    kind: ActorKind
    id: int
    label: str
    product: str
    role: str = ""
    permissions: frozenset[str] = frozenset()
    session_id: str | None = None

    @property
    def staff_id(self) -> int | None:
        """Whom a row names as its author; None where no member of staff acts."""
        return self.id if self.kind is ActorKind.STAFF else None

    def can(self, permission: str) -> bool:
        return permission in self.permissions


@dataclass(frozen=True, slots=True)
class Context:
    """Where an act came from: the request (or job) id, the network address and the user agent.

    `asked_by` is, in a job, the request that queued it, perhaps by way of other jobs.
    """

    request_id: str = ""
    address: str = ""
    agent: str = ""
    asked_by: str = ""


def system(product: str, label: str) -> Actor:
    """The house acting by itself: a job, a webhook from outside, a migration."""
    return Actor(kind=ActorKind.SYSTEM, id=0, label=label, product=product)


@dataclass(slots=True)
class Origin:
    """An actor together with the context they act from."""

    actor: Actor
    context: Context = field(default_factory=Context)
