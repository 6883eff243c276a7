"""What the usage page takes and gives: bare JSON. Rates and averages are numbers even when nothing was counted."""

from datetime import date, datetime

from typing_extensions import TypedDict

from backoffice.kernel.web import QueryString
from backoffice.kernel.web.inputs import Day


class UsageQuery(QueryString):
    """Both days are inclusive (UTC); by default the 30 that end today."""

    start_date: Day | None = None
    end_date: Day | None = None


class PeriodOut(TypedDict):
    start_date: date
    end_date: date


class OverallOut(TypedDict):
    total_users: int
    total_messages: int
    messages_received: int
    responses_sent: int
    successful_responses: int
    failed_responses: int
    response_success_rate_percent: float
    total_text_messages: int
    total_audio_messages: int


class QueriesOut(TypedDict):
    successful_queries: int
    failed_queries: int
    success_rate_percent: float


class TokensOut(TypedDict):
    total_tokens: int
    input_tokens: int
    output_tokens: int
    avg_tokens_per_message: float


class AudioOut(TypedDict):
    total_calls: int
    successful_calls: int
    failed_calls: int
    success_rate_percent: float
    transcription_calls: int
    translation_calls: int
    total_audio_duration_seconds: int
    avg_audio_duration: float


class OperationOut(TypedDict):
    total_tokens: int
    avg_tokens: float


class OperationsOut(TypedDict):
    routing: OperationOut
    response: OperationOut
    dispute: OperationOut
    error: OperationOut


class EndpointsOut(TypedDict):
    transactions: int
    balance: int
    merchant_verify: int


class ApiUsageOut(TypedDict):
    total_api_calls: int
    endpoints_called: EndpointsOut


class FiguresOut(TypedDict):
    period: PeriodOut
    overall_stats: OverallOut
    query_stats: QueriesOut
    llm_tokens: TokensOut
    audio_processing: AudioOut
    breakdown_by_operation: OperationsOut
    api_usage: ApiUsageOut


class UsageOut(TypedDict):
    status: str
    data: FiguresOut
    requested_by: str
    timestamp: datetime
