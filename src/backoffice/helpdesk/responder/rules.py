"""Reading a customer's words: what they are about, and whether a person has to look. Pure.

Words and phrases are English, and Hindi as people type it in Latin letters.
"""

import re
from collections.abc import Iterable
from enum import StrEnum

from backoffice.helpdesk.ticket.rules import Category

MARKER = "[RAISE_TICKET]"
"""What a responder adds when a person has to take over."""
WRITTEN_MARKER = re.compile(r"\[\s*RAISE[_ ]TICKET\s*\]", re.IGNORECASE)
LONGEST_TEXT = 4_000
"""WhatsApp takes 4,096 characters; a closing line finds room."""
MOST_READ = 1_000
"""Characters of a message in which a wish or a problem is looked for: nobody keeps it for later."""

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
SENTENCE_END = re.compile(r"[.?!;\n]+")


class Intent(StrEnum):
    """What a customer wants, as far as it can be read from the words alone."""

    WORDLESS = "wordless"
    PERSON = "person"
    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    ACKNOWLEDGEMENT = "acknowledgement"
    PROBLEM = "problem"
    QUESTION = "question"


SUBJECTS: dict[Category, frozenset[str]] = {
    Category.PAYMENT: frozenset(
        WORD.findall(
            """
            amount autopay bhim bill card cashback charge chargeback charged charges credited debit
            debited deducted fees gpay invoice mandate merchant money netbanking paid paisa paisay paise
            pay paying payment payments payout paytm phonepe pos qr receipt refund refunded refunds rent
            reversal rupay rupee rupees settle settled settlement settlements soundbox speaker transaction
            transactions transfer transferred txn upi utr wallet
            """
        )
    ),
    Category.LOAN: frozenset(
        WORD.findall(
            """
            borrow byaj cibil disbursal disburse disbursed disbursement eligibility eligible emi emis
            foreclose foreclosure installment installments instalment instalments interest karz lender
            lending loan loans nbfc noc overdue preclose prepayment repay repayment tenure
            """
        )
    ),
    Category.ACCOUNT: frozenset(
        WORD.findall(
            """
            aadhaar aadhar account address deactivate email gst gstin ifsc khata kyc login name number pan
            password pin profile register registered registration settings signin signup username
            verification verified verify
            """
        )
    ),
    Category.TECHNICAL: frozenset(
        WORD.findall(
            """
            android api app bug bugs button crash crashed crashes crashing device download error errors
            freeze freezes frozen glitch hang hanging hangs install integration ios iphone loading network
            otp plugin screen sdk server slow technical update version webhook website wifi
            """
        )
    ),
}
"""In the order that decides between equals: money first."""

ASKS_FOR_PERSON = re.compile(
    r"""
    \b(?:human|real\ person|live\ (?:agent|chat|person)|customer\ care|representative|executive|supervisor)\b
    | \b(?:talk|speak|chat|connect|escalate|transfer\ me)\b (?:\W+\w+){0,4}?
      \W+(?:agent|someone|somebody|person|people|manager|operator|team|staff)\b
    | \b(?:want|need|get|give)\W+(?:(?:me|to|an?|the|your|some|real|live)\W+){0,3}(?:agent|person|manager|operator)\b
    | ^\W*(?:an?\ )?(?:agent|person|operator|manager)(?:\W+(?:please|pls|plz))?\W*$
    | \bcall\ me\b | \braise\ (?:a\ )?(?:ticket|complaint)\b
    | \b(?:insaan|insan|aadmi|admi|agent|kisi|executive)\b (?:\W+\w+){0,2}? \W+(?:se|ko)\W+(?:baat|bat|call|connect)\b
    | \b(?:baat|bat)\ kar(?:na|ni|wa|ao|wao|do)\b
    | इंसान|एजेंट
    """,
    re.IGNORECASE | re.VERBOSE,
)

ONLY_ASKS = re.compile(
    r"^\W*(?:(?:and|but|so|ok|hi|hello|please|sir|madam)\W+)*"
    r"(?:what(?:'s|\s+is|\s+are|\s+happens|\s+if|\s+can|\s+should)?|how|when|where|which|who|can|could|does|do|is\s+there|"
    r"are\s+there|in\s+case|if|kaise|kya|kab|tell\s+me\s+(?:how|what|when))\b",
    re.IGNORECASE,
)
"""A sentence that opens like this asks how things are in general, whatever words it uses."""

ASKS_WHY = re.compile(r"\b(?:why|kyu|kyun|kyon|reasons?)\b", re.IGNORECASE)

FAILS = (
    r"fail(?:s|ed|ing|ure)?|declin(?:ed|es)|stuck|unsuccessful|not\s+(?:(?:go|going|gone)\s+)?through|nahi\s+(?:hua|ho)"
)
MISSING = (
    r"(?:not|never|nahi|nhi|yet\s+to|\w+n't)(?:\W+\w+){0,3}?\W+"
    r"(?:receiv\w*|credit\w*|come|came|arriv\w*|got|get|aaya|aya|mila|reflect\w*|settled)"
)
MONEY = r"(?:refund|money|amount|payment|settlement|payout|loan|paisa|paise|cashback)"
TOOL = r"(?:app|application|website|site|dashboard|screen|soundbox|login|qr)"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"\b(?:{pattern})\b" for pattern in patterns), re.IGNORECASE)


FAILURES = _any(
    rf"(?:payment|transaction|txn|transfer|upi|recharge|bill|autopay)s?\b.*\b(?:{FAILS})",
    rf"(?:{FAILS})\b.*\b(?:payment|transaction|txn|transfer|upi)s?",
)
"""A failed payment. To ask why payments fail is another matter."""

PROBLEMS = _any(
    r"(?:deducted|debited|charged|cut)\b.*\b(?:but|twice|double|again|wrong\w*|extra|two\s+times|do\s+baar|not|without)",
    r"(?:but|twice|double|wrong\w*|extra)\b.*\b(?:deducted|debited|charged)",
    r"(?:my|mera|mere)\b.*\b(?:money|amount|paisa|paise|rupees)\b.*\b(?:deducted|debited|gone|lost|missing|stuck|kat)",
    r"(?:paisa|paise|rupaye|amount)\b.*\b(?:kat\s+ga\w+|kata|kat\s+liy\w+|atak\w*|phas\w*)",
    rf"{MONEY}\b.*\b(?:{MISSING})",
    rf"(?:{MISSING})\b.*\b{MONEY}",
    r"(?:paid|recharged|transferred|repaid|sent|bheja)\b.*\b(?:but|wrong\s+(?:account|number|person|upi)|lekin)",
    r"loan\b.*\b(?:rejected|declined|refused|denied|reject\s+(?:ho|kar)\w*)",
    r"(?:rejected|declined|refused)\b.*\bloan",
    rf"{TOOL}\b.*\b(?:crash\w*|hang\w*|freez\w*|froze\w*|stuck|blank)",
    rf"{TOOL}\b.*\b(?:not|\w+n't|nahi|nhi|stopped)\W+(?:\w+\W+){{0,2}}?(?:work\w*|open\w*|load\w*|chal\w*|khul\w*)",
    r"(?:account|wallet|card)\b.*\b(?:blocked|locked|frozen|suspended|hacked|deactivated|(?:block|hack)\s+ho)",
    r"hacked|cheated|scammed|stolen|unauthori[sz]ed|fraudulent\s+\w*action|fraud\s+(?:ho|hua|happened)",
    r"(?:get|gets|getting|shows?|showing)\b.*\berror",
)
"""What no entry of a knowledge base puts right: something of this customer's own went wrong."""

SMALL_TALK: dict[Intent, frozenset[str]] = {
    Intent.THANKS: frozenset(WORD.findall("thanks thank thankyou thx ty dhanyavad shukriya")),
    Intent.GREETING: frozenset(WORD.findall("hi hii hello hey namaste namaskar vanakkam morning afternoon evening")),
    Intent.GOODBYE: frozenset(WORD.findall("bye goodbye night")),
    Intent.ACKNOWLEDGEMENT: frozenset(
        WORD.findall("fine great haan hmm nahi no nope ok okay perfect theek thik yes yup")
    ),
}
FILLERS = frozenset(
    WORD.findall(
        "a again all bhai bro dear for good hai help ji lot maam much please pls plz sir so team there very you your"
    )
)
"""Words that change nothing about the others."""
YES = frozenset(WORD.findall("haan ok okay yes yup"))
TALK = FILLERS.union(*SMALL_TALK.values())


def without_marker(text: str) -> str:
    """The text as people may read it; a customer who types the marker has said nothing by it."""
    return WRITTEN_MARKER.sub("", text).strip()


def has_marker(text: str) -> bool:
    return WRITTEN_MARKER.search(text) is not None


def agrees(text: str) -> bool:
    """Whether a short answer says yes."""
    return not YES.isdisjoint(word.lower() for word in WORD.findall(text))


def category_of(text: str) -> Category:
    """What a text is about, by the most words of a subject; general when it has none."""
    words = [word.lower() for word in WORD.findall(text)]
    hits = {category: sum(word in subject for word in words) for category, subject in SUBJECTS.items()}
    best = max(hits, key=lambda category: hits[category])
    return best if hits[best] else Category.GENERAL


def category_in(texts: Iterable[str]) -> Category:
    """What a conversation is about: the first text that says so, the newest given first."""
    return next((found for found in map(category_of, texts) if found is not Category.GENERAL), Category.GENERAL)


def intent_of(text: str) -> Intent:
    """What the customer wants. Asking for a person outweighs everything, a problem outweighs a greeting before it."""
    read = text[:MOST_READ]
    words = {word.lower() for word in WORD.findall(read)}
    if not words:
        return Intent.WORDLESS
    if ASKS_FOR_PERSON.search(read):
        return Intent.PERSON
    if words <= TALK:
        for intent, said in SMALL_TALK.items():
            if not words.isdisjoint(said):
                return intent
    return Intent.PROBLEM if is_problem(read) else Intent.QUESTION


def is_problem(text: str) -> bool:
    """Whether something of the customer's own went wrong, told in a sentence that is more than a general question."""
    return any(_tells_a_problem(sentence) for sentence in SENTENCE_END.split(text))


def _tells_a_problem(sentence: str) -> bool:
    if ONLY_ASKS.match(sentence):
        return False
    if PROBLEMS.search(sentence):
        return True
    return FAILURES.search(sentence) is not None and not ASKS_WHY.search(sentence)
