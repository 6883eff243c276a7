"""What a house rule says about one place in the code."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One breach of `rule`. `number` is its size, and 1 where there is nothing to measure."""

    rule: str
    line: int
    says: str
    name: str = ""
    number: int = 1
