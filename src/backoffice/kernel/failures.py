"""Failures as text for the log: what, where and why, without the rows that PostgreSQL quotes in its details."""

import re
import traceback
from collections.abc import Iterator

import psycopg
from pydantic import ValidationError

MOST_IN_A_CHAIN = 10
BECAUSE = "\n\nThe above exception was the direct cause of the following exception:\n\n"
DURING = "\n\nDuring handling of the above exception, another exception occurred:\n\n"


ABOUT_VALUES = "22"
"""Failures of this class quote what they could not read."""
VALUE = re.compile(r"(:|for|value) +\".*\"", re.DOTALL)
DETAILS = re.compile(r"(?:\n|\\n|\b)(?:DETAIL|CONTEXT|STATEMENT):.*", re.DOTALL)


def without_details(text: str) -> str:
    """What PostgreSQL says, up to where it begins to quote rows and statements."""
    return DETAILS.sub("", text)


def plain(failure: BaseException) -> str:
    """Kind and message on one line. Of the database's failures only the first part: details hold people's data."""
    return f"{type(failure).__name__}: {' '.join(_message(failure).split())}"


def _message(failure: BaseException) -> str:
    if isinstance(failure, psycopg.Error):
        said = without_details(failure.diag.message_primary or str(failure))
        return VALUE.sub(r"\1 [hidden]", said) if (failure.sqlstate or "").startswith(ABOUT_VALUES) else said
    if isinstance(failure, ValidationError):
        wrong = failure.errors(include_url=False, include_context=False, include_input=False)
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in wrong[:MOST_IN_A_CHAIN])
    if isinstance(failure, BaseExceptionGroup):
        parts = [plain(one) for one in failure.exceptions[:MOST_IN_A_CHAIN]]
        return f"{failure.message}: {'; '.join(parts)}"
    return str(failure)


def as_traceback(failure: BaseException) -> str:
    """The traceback of a failure and of those that led to it, oldest first, without values of variables."""
    return "".join(reversed(list(_links(failure))))


def _links(failure: BaseException) -> Iterator[str]:
    for _ in range(MOST_IN_A_CHAIN):
        lines = "".join(traceback.format_tb(failure.__traceback__))
        yield f"Traceback (most recent call last):\n{lines}{plain(failure)}"
        if isinstance(failure, BaseExceptionGroup):
            for one in failure.exceptions[:MOST_IN_A_CHAIN]:
                yield f"{as_traceback(one)}\n\nwhich is one of:\n\n"
        if failure.__cause__ is not None:
            yield BECAUSE
            failure = failure.__cause__
        elif failure.__context__ is not None and not failure.__suppress_context__:
            yield DURING
            failure = failure.__context__
        else:
            return
