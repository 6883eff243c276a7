"""From counters to the figures of the usage page. No database."""

from dataclasses import dataclass
from datetime import date

from backoffice.helpdesk.usage.rules import NOTHING, Counted, Counter, rate_percent, ratio
from backoffice.helpdesk.usage.schemas import (
    ApiUsageOut,
    AudioOut,
    FiguresOut,
    OperationOut,
    OverallOut,
    QueriesOut,
    TokensOut,
)
from backoffice.helpdesk.usage.store import CountedRow


@dataclass(frozen=True, slots=True)
class Usage:
    """What was counted from one day to another, and how many customers there are."""

    first: date
    last: date
    customers: int
    counted: dict[str, Counted]

    @classmethod
    def of(cls, first: date, last: date, *, customers: int, rows: list[CountedRow]) -> "Usage":
        return cls(first, last, customers, {row.counter: Counted(row.amount, row.times) for row in rows})

    def __getitem__(self, counter: Counter) -> int:
        return self.counter(counter).amount

    def counter(self, counter: Counter) -> Counted:
        return self.counted.get(counter, NOTHING)


def figures_out(usage: Usage) -> FiguresOut:
    return {
        "period": {"start_date": usage.first, "end_date": usage.last},
        "overall_stats": _overall(usage),
        "query_stats": _queries(usage),
        "llm_tokens": _tokens(usage),
        "audio_processing": _audio(usage),
        "breakdown_by_operation": {
            "routing": _operation(usage, Counter.ROUTING_TOKENS),
            "response": _operation(usage, Counter.RESPONSE_TOKENS),
            "dispute": _operation(usage, Counter.DISPUTE_TOKENS),
            "error": _operation(usage, Counter.ERROR_TOKENS),
        },
        "api_usage": _api_usage(usage),
    }


def _overall(usage: Usage) -> OverallOut:
    received, sent = usage[Counter.MESSAGES_RECEIVED], usage[Counter.RESPONSES_SENT]
    successful, failed = usage[Counter.SUCCESSFUL_RESPONSES], usage[Counter.FAILED_RESPONSES]
    return {
        "total_users": usage.customers,
        "total_messages": received + sent,
        "messages_received": received,
        "responses_sent": sent,
        "successful_responses": successful,
        "failed_responses": failed,
        "response_success_rate_percent": rate_percent(successful, failed),
        "total_text_messages": usage[Counter.TEXT_MESSAGES],
        "total_audio_messages": usage[Counter.AUDIO_MESSAGES],
    }


def _queries(usage: Usage) -> QueriesOut:
    successful, failed = usage[Counter.SUCCESSFUL_QUERIES], usage[Counter.FAILED_QUERIES]
    return {
        "successful_queries": successful,
        "failed_queries": failed,
        "success_rate_percent": rate_percent(successful, failed),
    }


def _tokens(usage: Usage) -> TokensOut:
    read, written = usage[Counter.INPUT_TOKENS], usage[Counter.OUTPUT_TOKENS]
    return {
        "total_tokens": read + written,
        "input_tokens": read,
        "output_tokens": written,
        "avg_tokens_per_message": ratio(read + written, usage[Counter.MESSAGES_RECEIVED]),
    }


def _audio(usage: Usage) -> AudioOut:
    successful, failed = usage[Counter.SUCCESSFUL_AUDIO_CALLS], usage[Counter.FAILED_AUDIO_CALLS]
    return {
        "total_calls": usage[Counter.AUDIO_CALLS],
        "successful_calls": successful,
        "failed_calls": failed,
        "success_rate_percent": rate_percent(successful, failed),
        "transcription_calls": usage[Counter.TRANSCRIPTION_CALLS],
        "translation_calls": usage[Counter.TRANSLATION_CALLS],
        "total_audio_duration_seconds": usage[Counter.AUDIO_SECONDS],
        "avg_audio_duration": usage.counter(Counter.AUDIO_SECONDS).average,
    }


def _operation(usage: Usage, tokens: Counter) -> OperationOut:
    return {"total_tokens": usage[tokens], "avg_tokens": usage.counter(tokens).average}


def _api_usage(usage: Usage) -> ApiUsageOut:
    transactions, balance = usage[Counter.TRANSACTION_LOOKUPS], usage[Counter.BALANCE_LOOKUPS]
    merchants = usage[Counter.MERCHANT_LOOKUPS]
    return {
        "total_api_calls": transactions + balance + merchants,
        "endpoints_called": {"transactions": transactions, "balance": balance, "merchant_verify": merchants},
    }
