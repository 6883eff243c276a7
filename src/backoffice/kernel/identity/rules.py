"""Passwords, sessions and sign-in: the sentences and the policy. Pure."""

import re
from datetime import timedelta

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Forbidden, Invalid, NotFound, Unauthenticated

REUSE_WINDOW = timedelta(seconds=30)
"""Clients refresh several calls at once: a refresh token may come again this long after its first use."""
MINIMUM_LENGTH = 8
MAXIMUM_LENGTH = 128


class IdentityAct(Act):
    SESSION_STARTED = "session.started"
    SESSION_REFUSED = "session.refused"
    SESSION_ENDED = "session.ended"
    SESSION_REVOKED = "session.revoked"
    PASSWORD_CHANGED = "staff.password_changed"
    PASSWORD_REFUSED = "staff.password_refused"
    PASSWORD_RESET = "staff.password_reset"
    STAFF_CREATED = "staff.created"
    STAFF_RENAMED = "staff.renamed"
    TOTP_OFFERED = "staff.totp_offered"
    TOTP_ENROLLED = "staff.totp_enrolled"
    TOTP_REFUSED = "staff.totp_refused"
    TOTP_REMOVED = "staff.totp_removed"
    RECOVERY_CODE_USED = "staff.recovery_code_used"
    STEPPED_UP = "session.stepped_up"
    MEMBERSHIP_GRANTED = "staff.membership_granted"
    MEMBERSHIP_DEACTIVATED = "staff.membership_deactivated"
    MEMBERSHIP_ACTIVATED = "staff.membership_activated"


class WrongCredentials(Unauthenticated):
    """Invalid username or password"""


class AccountDeactivated(Forbidden):
    """Your account is deactivated. Please contact an administrator."""


class RefreshRefused(Unauthenticated):
    """Invalid or expired refresh token"""


class WrongPassword(Invalid):
    """Incorrect current password"""


class WeakPassword(Invalid):
    """Password must {demand}"""

    demand: str


class PasswordUnchanged(Invalid):
    """The new password must differ from the present one"""


class PasswordChangeDue(Forbidden):
    """A new password is required before anything else. Please change your password."""


class SessionNotFound(NotFound):
    """Session {session_id} not found"""

    session_id: str


class UsernameTaken(Invalid):
    """Username '{username}' already exists"""

    username: str


class EmailTaken(Invalid):
    """Email '{email}' already exists"""

    email: str


class PhoneTaken(Invalid):
    """Somebody has this phone number already"""


class PersonNotFound(NotFound):
    """Nobody in the staff directory has the username or e-mail '{login}'"""

    login: str


class PersonOfMoney(Forbidden):
    """This person also works in a product that moves money: email, name and password change on the command line only"""


class LastSuperAdmin(Invalid):
    """'{username}' is the last active super admin"""

    username: str


_DEMANDS = (
    (re.compile(r"[A-Z]"), "contain at least one uppercase letter"),
    (re.compile(r"[a-z]"), "contain at least one lowercase letter"),
    (re.compile(r"[0-9]"), "contain at least one digit"),
    (re.compile(r"[^A-Za-z0-9\s]"), "contain at least one special character"),
)


def check_password(password: str) -> None:
    """The policy of the contract (authentication 4): length, upper and lower case, a digit, a special character."""
    if len(password) < MINIMUM_LENGTH:
        raise WeakPassword(demand=f"be at least {MINIMUM_LENGTH} characters long")
    if len(password) > MAXIMUM_LENGTH:
        raise WeakPassword(demand=f"be at most {MAXIMUM_LENGTH} characters long")
    for pattern, demand in _DEMANDS:
        if not pattern.search(password):
            raise WeakPassword(demand=demand)
