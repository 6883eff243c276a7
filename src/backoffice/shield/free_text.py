"""What people write in their own words. It is kept for good, in the audit log too: no social security number in it."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

SSN = re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)")


def _without_ssn(text: str) -> str:
    if SSN.search(text):
        raise ValueError("must not hold a social security number")
    return text


Words = Annotated[str, AfterValidator(_without_ssn)]
Reason = Annotated[Words, Field(min_length=1, max_length=2000)]
"""Why something is done, as the audit log keeps it."""
