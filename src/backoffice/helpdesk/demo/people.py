"""The demo's team and customers. Seeded by the random source it is given."""

from dataclasses import dataclass, replace
from random import Random

from backoffice.helpdesk.demo.talk import FIRST_NAMES, LAST_NAMES
from backoffice.helpdesk.permissions import Role
from backoffice.helpdesk.ticket.rules import Category

AGENTS = {Category.PAYMENT: 12, Category.LOAN: 6, Category.ACCOUNT: 7, Category.TECHNICAL: 7, Category.GENERAL: 4}
ADMINS = 3
GENERAL_CAPACITY = 4


@dataclass(frozen=True)
class Person:
    username: str
    email: str
    full_name: str
    role: Role
    department: Category | None = None
    capacity: int = 10
    is_available: bool = True


@dataclass(frozen=True)
class Writer:
    """A customer on WhatsApp."""

    phone: str
    name: str
    merchant_id: str | None
    language: str


def team(random: Random) -> list[Person]:
    """Admins and agents. The loan agents are at a training today, so their queue waits."""
    people = [_person(random, f"admin_{number}", Role.ADMIN) for number in range(1, ADMINS + 1)]
    for department, count in AGENTS.items():
        for number in range(1, count + 1):
            capacity = GENERAL_CAPACITY if department is Category.GENERAL else random.choice((8, 10, 12, 15))
            here = department is not Category.LOAN and (department is Category.GENERAL or random.random() < 0.9)
            person = _person(random, f"agent_{department}_{number}", Role.AGENT)
            people.append(replace(person, department=department, capacity=capacity, is_available=here))
    return people


def _person(random: Random, username: str, role: Role) -> Person:
    full_name = f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}"
    return Person(username, f"{username}@backoffice.example", full_name, role)


def customers(random: Random, count: int) -> list[Writer]:
    """Distinct numbers below 91 9; two of three are merchants."""
    numbers = random.sample(range(9_000_000_000, 9_999_999_999), count)
    return [
        Writer(
            phone=f"+91{number}",
            name=f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}",
            merchant_id=f"MERCH{random.randrange(10_000, 99_999)}" if random.random() < 2 / 3 else None,
            language=random.choices(("en", "hi", "ta"), (7, 2, 1))[0],
        )
        for number in numbers
    ]
