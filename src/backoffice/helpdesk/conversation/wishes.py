"""What a customer means by a few words: to hear no more, to hear again, yes, no. Pure.

Words are compared folded: accents, width, case, punctuation and politeness change nothing. English, and Hindi in either
script. A wish is the whole message: a sentence that has STOP in it somewhere is a message like any other.
"""

import re
import unicodedata
from enum import StrEnum

from backoffice.helpdesk.whatsapp.content import MessageKind
from backoffice.kernel.folding import fold

LONGEST_WISH = 200
"""Characters; nobody says stop or yes in more."""


def _words(listed: str) -> frozenset[str]:
    return frozenset(re.findall(r"\S+", listed))


class Wish(StrEnum):
    STOP = "stop"
    STOP_OFFERS = "stop_offers"
    START = "start"


SPOKEN = frozenset({MessageKind.TEXT, MessageKind.BUTTON, MessageKind.INTERACTIVE})
"""What carries a wish: words, and the title or payload of a button."""
POLITE = _words(
    """
    please pls plz plse kindly sir madam maam mam ji bhai bro dear hi hello hey thanks thank thankyou you thx
    ok okay now
    """
)
STOPS = frozenset(
    {
        "stop",
        "stop all",
        "stopall",
        "stop karo",
        "stop kro",
        "stop kar do",
        "stop kardo",
        "stop kar dijiye",
        "stop kijiye",
        "stop message",
        "stop messages",
        "stop all messages",
        "stop messaging",
        "stop messaging me",
        "stop texting me",
        "stop sending messages",
        "stop sending me messages",
        "stop sending these messages",
        "stop sending me these messages",
        "stop these messages",
        "stop contacting me",
        "dont contact me",
        "do not contact me",
        "dont message",
        "do not message",
        "unsubscribe",
        "unsubscribe me",
        "opt out",
        "optout",
        "opt me out",
        "no more messages",
        "dont message me",
        "do not message me",
        "dont send messages",
        "dont send me messages",
        "do not send messages",
        "message band karo",
        "messages band karo",
        "message band kar do",
        "messages band kar do",
        "message mat bhejo",
        "messages mat bhejo",
        "msg mat bhejo",
        "स्टॉप",
        "स्टॉप करो",
        "मैसेज बंद करो",
        "संदेश बंद करो",
    }
)
STOPS_OFFERS = frozenset(
    {
        "stop offers",
        "stop promotions",
        "stop promotional messages",
        "stop marketing",
        "stop marketing messages",
        "stop ads",
        "no offers",
        "no more offers",
        "offers band karo",
        "offer band karo",
    }
)
STARTS = frozenset(
    {
        "start",
        "start again",
        "start karo",
        "start kar do",
        "start messages",
        "unstop",
        "subscribe",
        "resubscribe",
        "resume",
        "resume messages",
        "opt in",
        "optin",
        "shuru karo",
        "chalu karo",
        "स्टार्ट",
        "शुरू करो",
        "चालू करो",
    }
)
AGREES = _words(
    """
    y yes yess yeah yea yep yup sure ok okay okey okk k haan han haa ha haanji hanji jihaan theek thik thek
    sahi kardo karo krdo kar kijiye dijiye bana banao banado banwao raise go do definitely absolutely certainly
    course right fine हाँ हां हा जी ठीक करो बनाओ
    """
)
AGREES_TOO = _words(
    """
    please pls plz plse kindly sir madam maam mam ji bhai bro dear thanks thank thankyou you thx of a the it
    one that ticket tickets complaint for me now hai he hain do dena ahead with my mera meri ek टिकट है दो एक
    """
)
"""Beside a word that agrees these change nothing."""
REFUSES = _words("no nope nah nahi nahin nhi na mat rehne नहीं नही ना मत")
REFUSES_TOO = _words(
    """
    please pls plz sir madam maam mam ji bhai bro dear thanks thank thankyou you thx ok okay that is thats all
    its it fine need not do dont hai he ho gaya done i am im good now everything karo kar raise ticket chahiye
    zaroorat है जी
    """
)


def wish_of(kind: MessageKind, text: str | None, *, button_id: str | None = None) -> Wish | None:
    """What a message of one command wants, in whatever way it was typed, or pressed on a button of a template."""
    if kind not in SPOKEN:
        return None
    payload = button_id if kind is MessageKind.BUTTON else None
    for spoken in (text, payload):
        words = [word for word in words_of(spoken) if word not in POLITE]
        said = " ".join(words[:1] if len(set(words)) == 1 else words)
        for wish, ways in ((Wish.STOP, STOPS), (Wish.STOP_OFFERS, STOPS_OFFERS), (Wish.START, STARTS)):
            if said in ways:
                return wish
    return None


def agrees(kind: MessageKind, text: str | None) -> bool:
    """Whether typed words say yes to a question and nothing else."""
    words = set(words_of(text)) if kind is MessageKind.TEXT and "?" not in (text or "") else set()
    return not words.isdisjoint(AGREES) and words <= AGREES | AGREES_TOO


def refuses(kind: MessageKind, text: str | None) -> bool:
    """Whether typed words say no and nothing else."""
    words = set(words_of(text)) if kind is MessageKind.TEXT and "?" not in (text or "") else set()
    return not words.isdisjoint(REFUSES) and words <= REFUSES | REFUSES_TOO


def words_of(text: str | None) -> list[str]:
    """The words as they count: folded, without punctuation; letters typed one by one are one word."""
    if not text or len(text) > LONGEST_WISH:
        return []
    spelled = "".join(letter if _is_of_a_word(letter) else " " for letter in fold(text))
    words = spelled.split()
    spaced_out = len(words) > 1 and all(len(word) == 1 for word in words)
    return ["".join(words)] if spaced_out else words


def _is_of_a_word(letter: str) -> bool:
    """Letters, digits, and the marks that fold leaves: the vowels of Indian scripts."""
    return letter.isalnum() or unicodedata.category(letter).startswith("M")
