"""Invents requests to take reviews down: what was reviewed and shown, how moderators decided, who appealed."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID

from backoffice.kernel.identifiers import uuid7
from backoffice.marketplace.demo.bookings import Booking, Review
from backoffice.marketplace.demo.complained import APPEALS, CASES, NOTES, Case
from backoffice.marketplace.demo.talk import Picture
from backoffice.marketplace.takedown.rules import APPEALS as AGAINST
from backoffice.marketplace.takedown.rules import BECAME, DECIDED, Action, Decision, Event, Status

HOW_MANY = {Status.OPEN: 64, Status.ACCEPTED: 78, Status.REJECTED: 58}
REOPENED, DECIDED_TWICE, YOUNGEST = 6, 9, 400
"""Open because of an appeal, decided after one; how many of the newest reviews the open ones are about."""
REQUESTS = (
    "id, external_id, number, review_id, vendor_id, customer_id, status, reason_code, reason_description, "
    "vendor_notes, action, resolution, admin_notes, review_became, vendor_notified, reviewer_notified, resolved_at, "
    "resolved_by, appealed_by, appeal, appealed_at, created_at, updated_at"
)
EVENTS = "request_id, event, actor_kind, staff_id, details, at"
DECISIONS = "request_id, decision, action, resolution, admin_notes, staff_id, decided_at"
EVIDENCE = (
    "request_id, type, description, content, filename, content_type, size_bytes, sha256, file_id, thumbnail_id, "
    "uploaded_at"
)
MODERATIONS = "review_id, became, reason, request_id, staff_id, at"
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    decision: Decision
    action: Action | None
    at: datetime
    staff_id: int
    reason: str
    notes: str | None


@dataclass(slots=True, eq=False)
class Takedown:
    id: UUID
    booking: Booking
    case: Case
    asked: datetime
    verdicts: list[Verdict] = field(default_factory=list)
    appeal: tuple[str, datetime] | None = None
    picture: Picture | None = None

    @property
    def review(self) -> Review:
        assert self.booking.review is not None, "only of what was reviewed"
        return self.booking.review

    @property
    def standing(self) -> Verdict | None:
        """The verdict that holds: none where an appeal came after the last one."""
        last = self.verdicts[-1] if self.verdicts else None
        return None if last is None or (self.appeal and self.appeal[1] > last.at) else last


class Moderators:
    """Takes reviews of this year, and decides as two people would."""

    def __init__(self, random: Random, *, now: datetime, staff: list[int]) -> None:
        self._random = random
        self._now = now
        self._staff = staff

    def takedowns(self, bookings: list[Booking], pictures: list[Picture]) -> list[Takedown]:
        """From the oldest on, as their numbers rise. The reviews say what the requests are about from now on."""
        reviewed = sorted((one.review.at, one.id, one) for one in bookings if one.review is not None)
        open_, decided = HOW_MANY[Status.OPEN], HOW_MANY[Status.ACCEPTED] + HOW_MANY[Status.REJECTED]
        young = self._random.sample(reviewed[-YOUNGEST:], open_)
        old = self._random.sample(reviewed[: -3 * YOUNGEST], decided)
        endings = [Status.ACCEPTED] * HOW_MANY[Status.ACCEPTED] + [Status.REJECTED] * HOW_MANY[Status.REJECTED]
        self._random.shuffle(endings)
        made = [self._asked(one) for *_, one in young]
        made += [self._decided(self._asked(one), ending) for (*_, one), ending in zip(old, endings, strict=True)]
        for one in made[:REOPENED]:
            self._decide(one, self._random.choice([*DECIDED]), one.asked + (self._now - one.asked) * 0.3)
            self._appeal(one, one.verdicts[-1].at + (self._now - one.verdicts[-1].at) * 0.5)
        for one, picture in zip(self._random.sample(made, len(pictures)), pictures, strict=True):
            one.picture = picture
        return sorted(made, key=lambda one: one.asked)

    def _asked(self, booking: Booking) -> Takedown:
        case, review = self._random.choice(CASES), booking.review
        assert review is not None, "only of what was reviewed"
        asked = review.at + min((self._now - review.at) * 0.8, timedelta(hours=self._random.uniform(2, 200)))
        booking.review = replace(review, rating=case.rating, title=case.title, comment=case.comment)
        return Takedown(uuid7(), booking, case, asked)

    def _decided(self, one: Takedown, ending: Status) -> Takedown:
        decision = next(word for word, status in DECIDED.items() if status is ending)
        twice = self._random.random() < DECIDED_TWICE / 100
        first = next(word for word in DECIDED if word is not decision) if twice else decision
        self._decide(one, first, one.asked + timedelta(hours=self._random.uniform(1, 60)))
        if twice:
            self._appeal(one, one.verdicts[-1].at + timedelta(hours=self._random.uniform(4, 90)))
            assert one.appeal is not None
            self._decide(one, decision, one.appeal[1] + timedelta(hours=self._random.uniform(2, 40)))
        return one

    def _decide(self, one: Takedown, decision: Decision, at: datetime) -> None:
        before = {verdict.staff_id for verdict in one.verdicts}
        by = self._random.choice([staff_id for staff_id in self._staff if staff_id not in before])
        accepts = decision is Decision.ACCEPT
        action = self._random.choice((Action.HIDE, Action.REMOVE)) if accepts else None
        reason = one.case.yes if accepts else one.case.no
        one.verdicts.append(Verdict(decision, action, at, by, reason, self._random.choice(NOTES)))
        status = BECAME[action] if action else "published"
        one.booking.review = replace(one.review, status=status)

    def _appeal(self, one: Takedown, at: datetime) -> None:
        one.appeal = (str(AGAINST[DECIDED[one.verdicts[-1].decision]]), at)


def request(one: Takedown, number: str) -> Row:
    of, verdict, case = one.booking, one.standing, one.case
    by, at = one.appeal or (None, None)
    last = max(filter(None, (one.asked, at, verdict.at if verdict else None)))
    return (
        *(one.id, f"takedown-{one.id}", number, one.review.id, of.offer.vendor.id, of.customer.id),
        *(DECIDED[verdict.decision] if verdict else Status.OPEN, case.reason, case.description, case.shown),
        *(_resolved(one, verdict) if verdict else (None, None, None, None, False, False, None, None)),
        *(by, APPEALS[by] if by else None, at, one.asked, last),
    )


def _resolved(one: Takedown, verdict: Verdict) -> Row:
    """What was done and said, who was told, when and by whom."""
    is_removed = verdict.action is Action.REMOVE
    said = (verdict.action, verdict.reason, verdict.notes, one.review.status, True, is_removed)
    return (*said, verdict.at, verdict.staff_id)


def events(one: Takedown) -> list[Row]:
    """The timeline."""
    told: list[tuple[datetime, Event, str, int | None, dict[str, Any]]] = [
        (one.asked, Event.REQUESTED, "vendor", None, {"reason": one.case.reason})
    ]
    told += [(row[-1], Event.EVIDENCE_ADDED, "vendor", None, {"type": row[1]}) for row in evidence(one)]
    for verdict in one.verdicts:
        event = Event.ACCEPTED if verdict.action else Event.REJECTED
        told.append(
            (verdict.at, event, "staff", verdict.staff_id, {"action": verdict.action} if verdict.action else {})
        )
    if one.appeal:
        by, at = one.appeal
        told.append((at, Event.APPEALED, "vendor" if by == "vendor" else "customer", None, {}))
    return [(one.id, event, actor, staff_id, facts, at) for at, event, actor, staff_id, facts in sorted(told, key=_at)]


def _at(line: tuple[datetime, Any, Any, Any, Any]) -> datetime:
    return line[0]


def decisions(one: Takedown) -> list[Row]:
    return [
        (one.id, verdict.decision, verdict.action, verdict.reason, verdict.notes, verdict.staff_id, verdict.at)
        for verdict in one.verdicts
    ]


def evidence(one: Takedown) -> list[Row]:
    """A text for each, and for some a picture, sent with the request."""
    shown = one.case.shown
    digest = sha256(f"{one.id} {shown}".encode()).digest()
    rows: list[Row] = [
        (
            one.id,
            "text",
            "What happened",
            shown,
            None,
            None,
            None,
            digest,
            None,
            None,
            one.asked + timedelta(seconds=20),
        )
    ]
    if one.picture:
        name, size, of_picture, file_id = one.picture
        about = ("Screenshot", None, name, "image/png", size, of_picture, file_id, file_id)
        rows.append((one.id, "image", *about, one.asked + timedelta(seconds=50)))
    return rows


def moderations(one: Takedown) -> list[Row]:
    """What the decisions made of the review: back to be seen where the second one went the other way."""
    rows: list[Row] = []
    seen = "published"
    for verdict in one.verdicts:
        became = str(BECAME[verdict.action]) if verdict.action else "published"
        if became != seen:
            rows.append((one.review.id, became, verdict.reason, one.id, verdict.staff_id, verdict.at))
        seen = became
    return rows
