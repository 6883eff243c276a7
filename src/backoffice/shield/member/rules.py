"""What a member may become, why one leaves, and which fields of theirs are personal. Pure: no SQL, no clock, no HTTP.

pending --> active --> deactivated
   |__________^__|_________^  |        enrolment; leaving
              |_______________|        reactivation
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from backoffice.kernel.audit.entry import Act, personal
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.moves import Transitions

NOT_IN_A_NAME = re.compile(r"[@_0-9]", re.ASCII)


class Status(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    DEACTIVATED = "deactivated"


TRANSITIONS: Transitions[Status] = {
    Status.PENDING: frozenset({Status.ACTIVE, Status.DEACTIVATED}),
    Status.ACTIVE: frozenset({Status.DEACTIVATED}),
    Status.DEACTIVATED: frozenset({Status.ACTIVE}),
}


class DeactivationReason(StrEnum):
    USER_REQUESTED = "user_requested"
    NON_PAYMENT = "non_payment"
    FRAUD = "fraud"
    POLICY_VIOLATION = "policy_violation"
    DECEASED = "deceased"
    OTHER = "other"


FORMER_EMAIL_KEPT = timedelta(days=30)
"""How long an address that was a member's is still written to."""
HOLDS_PAYOUTS = frozenset({DeactivationReason.FRAUD, DeactivationReason.DECEASED})
"""Whoever leaves for one of these is not paid before somebody has looked."""

FIELDS = {
    "email": "email",
    "first_name": "profile.first_name",
    "last_name": "profile.last_name",
    "phone": "profile.phone",
    "street": "profile.address.street",
    "city": "profile.address.city",
    "state": "profile.address.state",
    "zip": "profile.address.zip",
    "country": "profile.address.country",
    "date_of_birth": "profile.date_of_birth",
    "ssn_last_four": "profile.ssn_last_four",
    "employment_status": "profile.employment_status",
    "employer_name": "profile.employer_name",
    "annual_income_minor": "profile.annual_income",
}
"""Columns that can be corrected, by the name the contract gives them in updated_fields and audit entries."""


class UserAct(Act):
    CREATED = "user.created"
    VIEWED = "user.viewed"
    PROFILE_UPDATE = "user.profile_update"
    DEACTIVATION_SCHEDULED = "user.deactivation_scheduled"
    DEACTIVATION_WITHDRAWN = "user.deactivation_withdrawn"
    DEACTIVATED = "user.deactivated"
    REACTIVATED = "user.reactivated"


class MemberNotFound(NotFound):
    """User {user_id} not found"""

    user_id: str


class EmailTaken(Conflict):
    """Another user has this e-mail address"""


class ExternalIdTaken(Conflict):
    """The external_id '{external_id}' is known already"""

    external_id: str


class MemberDeactivated(Conflict):
    """User {user_id} is deactivated. Reactivate them first."""

    user_id: str


def person(member_id: str) -> str:
    """The data subject of everything that is audited about a member."""
    return f"shield:{member_id}"


def dotted(values: Mapping[str, Any]) -> dict[str, Any]:
    """Changed columns under the contract's names."""
    return {FIELDS[name]: value for name, value in values.items()}


def sealed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same, every value marked as personal."""
    return {name: personal(value) for name, value in values.items()}


def check_enrolled_or_free(member_id: str, status: Status) -> None:
    """A deactivated member gets no plan, pays none and changes none."""
    if status is Status.DEACTIVATED:
        raise MemberDeactivated(user_id=member_id)


def name_in(search: str) -> str | None:
    """The search as words of a name; None for what can only be an e-mail address or an id."""
    return None if NOT_IN_A_NAME.search(search) else search
