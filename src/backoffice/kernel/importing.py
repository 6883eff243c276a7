"""What became of rows that somebody brought in: how many came, how many were here, why others were refused."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class RefusedLine:
    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass(slots=True)
class Report:
    """`report.refuse(3, "question is missing")`, and `errors` says "line 3: question is missing"."""

    imported: int = 0
    refused: list[RefusedLine] = field(default_factory=list)
    known: int = 0

    def refuse(self, line: int, because: str) -> None:
        self.refused.append(RefusedLine(line, because))

    @property
    def errors(self) -> list[str]:
        """A sentence for each refused line, in their order."""
        return [str(one) for one in sorted(self.refused)]
