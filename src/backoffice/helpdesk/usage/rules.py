"""What is counted, and the figures made of it. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from backoffice.kernel.errors import Invalid

DEFAULT_DAYS = 30


class Counter(StrEnum):
    """Everything that can be counted. Tokens, seconds and numbers of things; all whole numbers."""

    MESSAGES_RECEIVED = "messages_received"
    TEXT_MESSAGES = "text_messages"
    AUDIO_MESSAGES = "audio_messages"
    RESPONSES_SENT = "responses_sent"
    SUCCESSFUL_RESPONSES = "successful_responses"
    FAILED_RESPONSES = "failed_responses"
    SUCCESSFUL_QUERIES = "successful_queries"
    FAILED_QUERIES = "failed_queries"
    LLM_CALLS = "llm_calls"
    INPUT_TOKENS = "input_tokens"
    OUTPUT_TOKENS = "output_tokens"
    ROUTING_TOKENS = "routing_tokens"
    RESPONSE_TOKENS = "response_tokens"
    DISPUTE_TOKENS = "dispute_tokens"
    ERROR_TOKENS = "error_tokens"
    AUDIO_CALLS = "audio_calls"
    SUCCESSFUL_AUDIO_CALLS = "successful_audio_calls"
    FAILED_AUDIO_CALLS = "failed_audio_calls"
    TRANSCRIPTION_CALLS = "transcription_calls"
    TRANSLATION_CALLS = "translation_calls"
    AUDIO_SECONDS = "audio_seconds"
    TRANSACTION_LOOKUPS = "transaction_lookups"
    BALANCE_LOOKUPS = "balance_lookups"
    MERCHANT_LOOKUPS = "merchant_lookups"


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter over some days: its sum, and how often something was added to it."""

    amount: int
    times: int

    @property
    def average(self) -> float:
        return ratio(self.amount, self.times)


NOTHING = Counted(0, 0)


class DatesReversed(Invalid):
    """start_date must not be after end_date"""


def period(start: date | None, end: date | None, *, today: date) -> tuple[date, date]:
    """The days asked for, both inclusive; by default the 30 that end today."""
    last = end or today
    first = start or date.fromordinal(max(1, last.toordinal() - DEFAULT_DAYS + 1))
    if first > last:
        raise DatesReversed
    return first, last


def rate_percent(successful: int, failed: int) -> float:
    """The successful share, 0 to 100; 0 while there is nothing to share."""
    return ratio(100 * successful, successful + failed)


def ratio(amount: int, parts: int) -> float:
    """An average with two decimals; 0 while there is nothing to divide by."""
    return round(amount / parts, 2) if parts else 0.0
