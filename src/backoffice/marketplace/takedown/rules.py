"""What a takedown request may become, and what deciding one needs. Pure: no SQL, no clock, no HTTP.

open <--> accepted     the review is hidden or removed
  ^-----> rejected     it stays as it is

Back to open it goes once, by the appeal of whom it went against: somebody else decides then.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import BadInput, Conflict, Forbidden, Invalid, NotFound, Problem
from backoffice.kernel.moves import Transitions
from backoffice.marketplace.review.rules import Status as ReviewStatus

SHORTEST_REASON, LONGEST_REASON = 50, 2000
FEWEST_WORDS, FEWEST_LETTERS = 6, 16
"""A reason with fewer different words, in fewer different letters, is filler: writing systems without spaces have few
words, but many letters."""
MOST_BYTES, MOST_PIECES = 10 * 1024 * 1024, 20
"""Of one file of evidence, and how many pieces a request has."""
TIME_TO_APPEAL = timedelta(days=30)
FILLER = re.compile(r"lorem ipsum|(.{1,10}?)\1{7,}", re.IGNORECASE | re.DOTALL)


class Status(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


TRANSITIONS: Transitions[Status] = {
    Status.OPEN: frozenset({Status.ACCEPTED, Status.REJECTED}),
    Status.ACCEPTED: frozenset({Status.OPEN}),
    Status.REJECTED: frozenset({Status.OPEN}),
}


class Reason(StrEnum):
    ABUSE = "abuse"
    DEFAMATION = "defamation"
    SPAM = "spam"
    OFF_TOPIC = "off_topic"
    FAKE_REVIEW = "fake_review"
    COMPETITOR_SABOTAGE = "competitor_sabotage"
    PERSONAL_INFO = "personal_info"
    PROFANITY = "profanity"
    EXTORTION = "extortion"
    DUPLICATE = "duplicate"
    OTHER = "other"


class Priority(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


PRIORITIES: Mapping[Reason, Priority] = {
    Reason.ABUSE: Priority.HIGH,
    Reason.DEFAMATION: Priority.HIGH,
    Reason.FAKE_REVIEW: Priority.HIGH,
    Reason.COMPETITOR_SABOTAGE: Priority.HIGH,
    Reason.EXTORTION: Priority.HIGH,
    Reason.SPAM: Priority.MEDIUM,
    Reason.OFF_TOPIC: Priority.MEDIUM,
    Reason.PERSONAL_INFO: Priority.MEDIUM,
    Reason.PROFANITY: Priority.MEDIUM,
    Reason.DUPLICATE: Priority.LOW,
    Reason.OTHER: Priority.LOW,
}
"""The database knows them as `urgency`, 3 to 1; a test compares the two."""


class Decision(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"


DECIDED: Mapping[Decision, Status] = {Decision.ACCEPT: Status.ACCEPTED, Decision.REJECT: Status.REJECTED}


class Action(StrEnum):
    HIDE = "hide"
    REMOVE = "remove"


BECAME: Mapping[Action, ReviewStatus] = {Action.HIDE: ReviewStatus.HIDDEN, Action.REMOVE: ReviewStatus.REMOVED}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a moderator decides, and who is told. `reason` is told outside, `notes` never."""

    decision: Decision
    action: Action | None = None
    reason: str | None = field(default=None, repr=False)
    notes: str | None = field(default=None, repr=False)
    tell_vendor: bool = True
    tell_reviewer: bool | None = None


class Evidence(StrEnum):
    IMAGE = "image"
    DOCUMENT = "document"
    TEXT = "text"


class Party(StrEnum):
    """Whom a decision may go against, and who may appeal."""

    VENDOR = "vendor"
    REVIEWER = "reviewer"


APPEALS: Mapping[Status, Party] = {Status.REJECTED: Party.VENDOR, Status.ACCEPTED: Party.REVIEWER}
"""Whom a decision goes against."""


class Event(StrEnum):
    """What the timeline tells."""

    REQUESTED = "takedown_requested"
    ACCEPTED = "takedown_accepted"
    REJECTED = "takedown_rejected"
    APPEALED = "takedown_appealed"
    EVIDENCE_ADDED = "evidence_added"


class TakedownAct(Act):
    REQUESTED = "takedown.requested"
    RESOLVED = "takedown.resolved"
    APPEALED = "takedown.appealed"
    EVIDENCE_ADDED = "takedown.evidence_added"


class RequestNotFound(NotFound):
    """Takedown request not found"""

    request_id: str


class RequestExists(Conflict):
    """The external_id names another takedown request already"""

    external_id: str


class RequestOpen(Conflict):
    """A request to take this review down waits to be decided: {request_number}"""

    request_number: str


class DecidedAlready(Conflict):
    """A request to take this review down was rejected: {request_number}"""

    request_number: str


class NotPublished(Conflict):
    """This review is {review_status}: there is nothing to take down"""

    review_status: str


class AlreadyResolved(Conflict):
    """This takedown request has already been resolved"""

    current_status: str
    resolved_at: str
    resolved_by: int


class RequestDecided(Conflict):
    """This takedown request is {current_status}: evidence comes before the decision"""

    current_status: str


class TooMuchEvidence(Conflict):
    """A takedown request has at most {most} pieces of evidence"""

    most: int


class UnknownContent(Invalid):
    """Evidence must be a PDF, JPEG or PNG file, by what is in it"""


class AnotherModerator(Forbidden):
    """After an appeal somebody decides who did not decide before"""


class NotResolved(Conflict):
    """This takedown request waits to be decided: there is nothing to appeal"""


class NotTheirsToAppeal(Conflict):
    """This takedown request was {current_status}: only the {appeals} may appeal"""

    current_status: str
    appeals: str


class AppealedAlready(Conflict):
    """There is one appeal, and this request had it"""

    appealed_at: str


class AppealTooLate(Conflict):
    """An appeal must come within {days} days of the decision"""

    days: int


def moment(at: datetime) -> str:
    """A time among the facts of a refusal, as it stands in answers."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def check_appeal(status: Status, by: Party, *, appealed_at: datetime | None, waited: timedelta) -> None:
    """Once, soon, and by whom it went against: a rejection by the vendor, an acceptance by the reviewer."""
    if appealed_at is not None:
        raise AppealedAlready(appealed_at=moment(appealed_at))
    if status is Status.OPEN:
        raise NotResolved
    appeals = APPEALS[status]
    if by is not appeals:
        raise NotTheirsToAppeal(current_status=status, appeals=appeals)
    if waited > TIME_TO_APPEAL:
        raise AppealTooLate(days=TIME_TO_APPEAL.days)


def check_open_to_proof(status: Status, pieces: int) -> None:
    """RequestDecided, TooMuchEvidence."""
    if status is not Status.OPEN:
        raise RequestDecided(current_status=status)
    if pieces >= MOST_PIECES:
        raise TooMuchEvidence(most=MOST_PIECES)


def check_decider(staff_id: int | None, *, decided_by: int | None) -> None:
    """Whoever decided before an appeal doesn't decide after it, whatever their role. AnotherModerator."""
    if decided_by is not None and staff_id == decided_by:
        raise AnotherModerator


def decision_of(decision: Decision | None, *, approve: bool | None) -> Decision:
    """In either spelling, and only in one. BadInput."""
    if (decision is None) is (approve is None):
        raise _wrong("decision", "Required, unless approve is sent")
    return decision or (Decision.ACCEPT if approve else Decision.REJECT)


def check_action(decision: Decision, action: Action | None) -> None:
    """Accepting says what becomes of the review; rejecting leaves it. BadInput."""
    if decision is Decision.ACCEPT and action is None:
        raise _wrong("action", "Required when decision is 'accept'")
    if decision is Decision.REJECT and action is not None:
        raise _wrong("action", "Not allowed when decision is 'reject'")


def check_reason(reason: str) -> None:
    """It is told to whom it concerns: as long as that takes, and in words. BadInput."""
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise _wrong("reason", f"Must have {SHORTEST_REASON} to {LONGEST_REASON} characters")
    words, letters = re.findall(r"\w+", reason.casefold()), set(reason.casefold()) - {" "}
    if FILLER.search(reason) or (len(set(words)) < FEWEST_WORDS and len(letters) < FEWEST_LETTERS):
        raise _wrong("reason", "Must say in words why it is decided so")


def _wrong(field: str, message: str) -> BadInput:
    return BadInput(summary=f"{field}: {message}", problems=(Problem(field, message),))


def tells_reviewer(wished: bool | None, action: Action | None, *, appealed_by: Party | None) -> bool:
    """Whoever appealed, or wrote what is gone for good, hears of it unless said otherwise; of the rest where wished."""
    return action is Action.REMOVE or appealed_by is Party.REVIEWER if wished is None else wished
