"""Reading entries from a CSV file: what can be kept, and for every other row its line and what is wrong with it.

With commas, semicolons or tabs, in UTF-8 or as Excel saves it. Columns: question_id, category, question, answer and,
optional, keywords.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from backoffice.helpdesk.knowledge import rules
from backoffice.helpdesk.knowledge.rules import NewEntry
from backoffice.kernel.errors import BadInput
from backoffice.kernel.importing import Report
from backoffice.kernel.tables import NOT_CSV, split_off, text_of

MOST_ROWS = 5_000
NO_NUMBER = f"question_id is no number from 1 to {rules.HIGHEST_QUESTION_ID}"
REQUIRED = ("question_id", "category", "question", "answer")
COLUMNS = (*REQUIRED, "keywords")
LONGEST = {
    "category": rules.LONGEST_CATEGORY,
    "question": rules.LONGEST_QUESTION,
    "answer": rules.LONGEST_ANSWER,
}

Row = dict[str, str]


@dataclass(slots=True)
class Entries(Report):
    """A file as read: its good rows in order, and what is to be said about the others."""

    entries: list[NewEntry] = field(default_factory=list)


def read_entries(content: bytes) -> Entries:
    """The entries of a file, or BadInput where it is no such file at all, is empty or has more than 5,000 rows."""
    read = Entries()
    lines: dict[int, int] = {}
    for number, (line, row) in enumerate(_rows(content), 1):
        if number > MOST_ROWS:
            raise BadInput(summary=f"file: More than {MOST_ROWS} rows")
        question_id = rules.question_id_in(row["question_id"])
        problem = _problem_of(row, question_id, lines=lines)
        if problem or question_id is None:
            read.refuse(line, problem or NO_NUMBER)
            continue
        lines[question_id] = line
        read.entries.append(_entry_of(row, question_id, line=line))
    if not read.entries and not read.refused:
        raise BadInput(summary="file: No entries found")
    return read


def _entry_of(row: Row, question_id: int, *, line: int) -> NewEntry:
    return NewEntry(
        question_id=question_id,
        category=row["category"],
        question=row["question"],
        answer=row["answer"],
        keywords=rules.keywords_in(row["keywords"]),
        line=line,
    )


def _problem_of(row: Row, question_id: int | None, *, lines: dict[int, int]) -> str | None:
    for name in REQUIRED:
        if not row[name]:
            return f"{name} is missing"
        if len(row[name]) > LONGEST.get(name, len(row[name])):
            return f"{name} has more than {LONGEST[name]} characters"
    if question_id in lines:
        return f"{question_id} stands on line {lines[question_id]} already"
    return _problem_of_keywords(rules.keywords_in(row["keywords"]))


def _problem_of_keywords(keywords: tuple[str, ...]) -> str | None:
    if len(keywords) > rules.MOST_KEYWORDS:
        return f"more than {rules.MOST_KEYWORDS} keywords"
    if any(len(keyword) > rules.LONGEST_KEYWORD for keyword in keywords):
        return f"a keyword has more than {rules.LONGEST_KEYWORD} characters"
    return None


def _rows(content: bytes) -> Iterator[tuple[int, Row]]:
    """Each row that is not blank, trimmed, by the names in the header, with the line it ends on."""
    separator, text = split_off(text_of(content))
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
        header = [name.strip().lower() for name in next(reader, [])]
        places = _places_in(header)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                texts = {name: cells[at].strip() if at < len(cells) else "" for name, at in places.items()}
                yield reader.line_num, {"keywords": "", **texts}
    except csv.Error as error:
        raise BadInput(summary=NOT_CSV) from error


def _places_in(header: list[str]) -> dict[str, int]:
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise BadInput(
            summary=f"file: The first line must name the columns {', '.join(COLUMNS)}; {missing[0]} is missing"
        )
    return {name: header.index(name) for name in COLUMNS if name in header}
