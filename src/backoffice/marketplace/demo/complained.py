"""What vendors found wrong with reviews: for each reason what was reviewed, what they wrote about it, how it ended."""

from dataclasses import dataclass

from backoffice.marketplace.takedown.rules import Reason


@dataclass(frozen=True, slots=True)
class Case:
    """`yes` and `no` are what a moderator says to vendor and reviewer who accepts or rejects it."""

    reason: Reason
    rating: int
    title: str
    comment: str
    description: str
    shown: str
    yes: str
    no: str


NOT_SHOWN = "What was sent does not show that the review says something untrue; the vendor may answer it in public."
CASES = (
    Case(
        Reason.DEFAMATION,
        1,
        "Thieves",
        "They never came and kept my money. The owner is a thief and cheats old people!",
        "The review says that we stole. We were there from nine to four, and the customer signed for it.",
        "Signed sheet of work, nine to four, with the customer's name.",
        "The signed sheet of work shows that the vendor came and did the work, so calling them thieves is untrue.",
        NOT_SHOWN,
    ),
    Case(
        Reason.FAKE_REVIEW,
        1,
        "Worst ever",
        "Terrible. Everybody should book somebody else, I know a much better one.",
        "Nobody of this name was at our place that day. We believe that the review is made up.",
        "Our calendar of that day: the booking was moved by the customer, and nobody came.",
        "The booking was moved and never took place for this customer, so the review tells of a visit that was none.",
        "The booking was completed and paid by this customer, so there is a visit that the review can be about.",
    ),
    Case(
        Reason.ABUSE,
        1,
        "Idiots",
        "Stupid, disgusting people. I hope that their shop burns down.",
        "The review insults our staff and threatens us. It says nothing about the work.",
        "Two of our staff asked not to be sent to this customer again.",
        "The review insults people and wishes them harm instead of saying what was wrong with the work they did.",
        "The words are harsh, but they are about the work and not about a person, and so the review may stay.",
    ),
    Case(
        Reason.COMPETITOR_SABOTAGE,
        2,
        "Go elsewhere",
        "Nothing special. Sharma and Sons do the same for half of the price and on the same day.",
        "The reviewer works for the shop that is named here. This is advertising in the shape of a review.",
        "A page of that shop which shows the reviewer among its staff.",
        "The page that was sent shows the reviewer among the staff of the shop that the review recommends instead.",
        "Naming another shop is not forbidden, and nothing shows that the reviewer has anything to do with it.",
    ),
    Case(
        Reason.EXTORTION,
        1,
        "Disappointed",
        "Not worth the money. I told them that I would write this and they did not care.",
        "The customer asked for half of the price back and said they would write one star otherwise.",
        "Customer: 'Give me half back or I write one star.' We said no; the review came the day after.",
        "The messages that were sent show that the review was threatened with to get money back that was not owed.",
        "The messages ask for money back for work left undone, which is a complaint and no threat with a review.",
    ),
    Case(
        Reason.SPAM,
        5,
        "Best offers",
        "Great! Cheap phones and loans at once, write to me. Great! Cheap phones and loans at once.",
        "This is advertising for something else altogether.",
        "The same text stands below reviews of two other vendors.",
        "The review advertises loans and phones in place of saying anything about the service that was booked.",
        "The review is short and odd, but it is about the service that was booked and advertises nothing at all.",
    ),
    Case(
        Reason.OFF_TOPIC,
        2,
        "The app is slow",
        "The app crashed three times while I was booking. Two stars because of that.",
        "The review is about the app of the platform and not about our work.",
        "The customer told us on the day that everything was fine.",
        "The review is about the booking app alone and does not say a word about the vendor or the work they did.",
        "Half of the review is about the app, but the other half tells how the work went, so it may stay.",
    ),
    Case(
        Reason.PERSONAL_INFO,
        2,
        "Rude",
        "The man who came lives behind the temple in the yellow house; ask him yourself why he was rude.",
        "The review says where one of our staff lives.",
        "He has moved out for some weeks, because people came to his door.",
        "The review tells where one of the staff lives, which nobody may publish here, whatever happened that day.",
        "What the review tells of the vendor's staff stands on the vendor's own page and is no private matter.",
    ),
    Case(
        Reason.PROFANITY,
        1,
        "Bloody awful",
        "Bloody awful job, damn liars, never again. The wall is still wet after two days.",
        "The words of this review are not fit to be read by our customers.",
        "We offered to come again and were shouted at.",
        "The review is written in words that our rules do not allow; it may be written again in other words.",
        "The words are coarse, but the rules allow them, and the review says what was wrong with the wall.",
    ),
    Case(
        Reason.DUPLICATE,
        3,
        "Late again",
        "Came an hour late, as the last time. Otherwise the work is good.",
        "The same customer wrote the same thing of an earlier booking already.",
        "The earlier review, of the month before.",
        "The same words stand in a review of an earlier booking, and nothing in this one tells of the later visit.",
        "The two reviews are of two bookings, and on both days somebody came late: each tells of its own visit.",
    ),
    Case(
        Reason.OTHER,
        3,
        "So so",
        "The work is fine, but it took three calls until somebody came.",
        "We have changed our telephone since, so the review is out of date and harms us.",
        "Our new number is on the page since last month.",
        "The vendor showed that the calls went to a number which the platform itself had printed wrongly on the page.",
        "That something is better since is good to hear, but the review tells how it was on the day of the visit.",
    ),
)
APPEALS = {
    "vendor": "We have found the paper that was missing: please look at it once more.",
    "reviewer": "I was there and paid for it. What I wrote is what happened, and the pictures show it.",
}
NOTES = (
    "Second request of this vendor in a month.",
    "The reviewer's other reviews are fair and detailed.",
    "Called the vendor: friendly, sends the original on request.",
    None,
    None,
)
