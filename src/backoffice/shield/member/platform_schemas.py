"""What the platform sends of members, and what it gets back. The same lines stand in a file to import."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, SecretStr, WithJsonSchema
from typing_extensions import TypedDict

from backoffice.kernel.web import In
from backoffice.kernel.web.inputs import Moment
from backoffice.shield.free_text import Words
from backoffice.shield.member.rules import Status
from backoffice.shield.member.schemas import Email, Name, PlanId, ProfileIn

SSN = re.compile(r"[0-9]{3}-?[0-9]{2}-?[0-9]{4}")


def _is_ssn(number: SecretStr) -> SecretStr:
    if not SSN.fullmatch(number.get_secret_value()):
        raise ValueError("must be nine digits, with hyphens or without")
    return number


Ssn = Annotated[SecretStr, AfterValidator(_is_ssn), WithJsonSchema({"type": "string", "pattern": f"^{SSN.pattern}$"})]
"""Secret, so that no log and no traceback shows it."""
ExternalId = Annotated[str, Field(min_length=1, max_length=128)]
PaymentMethod = Annotated[Words, Field(min_length=1, max_length=100)]


class PlatformProfileIn(ProfileIn):
    ssn: Ssn | None = None


class PlatformUpdateIn(In):
    email: Email | None = None
    profile: PlatformProfileIn = PlatformProfileIn()
    last_activity: Moment | None = None

    def columns(self) -> dict[str, Any]:
        return self.profile.columns() | ({"email": self.email} if self.email else {})


class NewProfileIn(PlatformProfileIn):
    first_name: Name
    last_name: Name


class NewMemberIn(In):
    external_id: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    email: Email
    profile: NewProfileIn
    signup_source: Annotated[Words, Field(min_length=1, max_length=50)] | None = None
    signup_date: Moment | None = None
    last_activity: Moment | None = None


class LineIn(NewMemberIn):
    """A line of a file to import: a new member, enrolled when it names a plan."""

    plan_id: PlanId | None = None
    enrolled_at: Moment | None = None
    payment_method: PaymentMethod | None = None


class CreatedOut(TypedDict):
    id: str
    external_id: str | None
    email: str
    status: Status


class PlatformUpdatedOut(TypedDict):
    id: str
    updated_fields: list[str]
