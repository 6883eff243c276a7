"""Which rows would refuse an act as they stand."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from backoffice.kernel.bulk import Refused
from backoffice.kernel.errors import Refusal

V = TypeVar("V")


def refused_of(
    found: Mapping[str, V], subjects: Sequence[str], *, missing: Callable[[str], Refusal], check: Callable[[V], None]
) -> Refused:
    """Those that are not found, and those at whose standing `check` raises a refusal."""
    refused: dict[str, Refusal] = {}
    for subject in subjects:
        if subject not in found:
            refused[subject] = missing(subject)
            continue
        try:
            check(found[subject])
        except Refusal as refusal:
            refused[subject] = refusal
    return refused
