"""How the log names things: actions and resources as the contract writes them, money as dollars."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from backoffice.kernel.audit.entry import Personal
from backoffice.kernel.money import dollars

PERSONS = "shield:"
"""What the data subject of a member begins with; the member's id follows."""
MONEY = frozenset({"amount", "amount_approved", "amount_paid", "amount_requested", "annual_income", "monthly_cost"})
"""Fields whose integer is cents in an entry and dollars in an answer."""
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?[+-]\d\d:\d\d")
"""How a time is stored in an entry."""

LOOKS = ["user.viewed", "banking.viewed", "banking.searched", "audit.exported"]
"""Acts that change nothing."""
NOBODY = UUID(int=0)
"""The admin that an id which was never given out stands for."""


def shown_action(action: str) -> str:
    """`user.profile_update` as the contract writes it: `user_profile_update`."""
    return action.replace(".", "_")


def shown_value(field: str, value: Any) -> Any:
    """A changed value as an answer shows it: unwrapped, cents as dollars, a stored time as a time."""
    plain = value.value if isinstance(value, Personal) else value
    if isinstance(plain, str) and TIME.fullmatch(plain):
        return _time_of(plain)
    is_cents = isinstance(plain, int) and not isinstance(plain, bool) and field.rsplit(".", 1)[-1] in MONEY
    return dollars(plain) if is_cents else plain


def _time_of(stored: str) -> datetime | str:
    """The time in UTC; text that only looks like one, or leaves the years there are, stays as it is."""
    try:
        return datetime.fromisoformat(stored).astimezone(UTC)
    except (ValueError, OverflowError):
        return stored


def changes_about(person: str) -> dict[str, Any]:
    """The filters of what was done about one person, without who looked at it."""
    return {"product": "shield", "person": person, "without": LOOKS}
