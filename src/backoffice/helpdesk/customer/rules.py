"""What is audited about looking at customers, and what a search may mean. Pure."""

import re

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import NotFound

NOT_IN_A_WORD = re.compile(r"[^\w\u0300-\u036f\u0900-\u0dff]+")
NOT_A_DIGIT = re.compile(r"[^0-9]+")


class CustomerAct(Act):
    CONVERSATION_VIEWED = "customer.conversation_viewed"


class CustomerNotFound(NotFound):
    """User with ID {user_id} not found"""

    code = "customer_not_found"
    user_id: int


def digits_in(search: str) -> str | None:
    """The search as the digits of a phone number, if it can be one."""
    return NOT_A_DIGIT.sub("", search) or None


def words_in(search: str) -> str | None:
    """The search as a full-text query: every word must begin a word of the name."""
    words = NOT_IN_A_WORD.sub(" ", search).split()
    return " & ".join(f"{word}:*" for word in words) or None
