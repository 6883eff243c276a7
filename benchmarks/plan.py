"""What a run measures, and how long it takes over it."""

from dataclasses import dataclass
from pathlib import Path

CASES = ("idle", "list", "detail", "growth", "depth", "writers", "intake")
SMALL_SCALE = 10_000
"""What the full scale is compared with, where an answer must not get slower with the number of tickets."""


@dataclass(frozen=True)
class Plan:
    """`seconds` is the length of one measurement; a comparison takes `rounds` of them for each side, in turn."""

    scale: int = 1_000_000
    data: Path = Path("var/bench")
    cases: frozenset[str] = frozenset(CASES)
    seconds: float = 4.0
    rounds: int = 3
    tickets: int = 10_000
    connections: int = 8

    @property
    def small_scale(self) -> int:
        return max(1, min(SMALL_SCALE, self.scale // 10))


@dataclass(frozen=True)
class Finding:
    """One line of the report. `goal` is what it should be, `met` whether it is; without a goal it only informs."""

    case: str
    what: str
    value: str
    goal: str = ""
    met: bool = True
