"""PostgreSQL alone: pgbench sends the statements of a door in one pipeline, prepared, and encodes nothing."""

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row

from backoffice.kernel.database import Query
from backoffice.kernel.database.embedded import BINARIES
from benchmarks.ground import SERVER_CORE, Ground, on_core
from benchmarks.plan import Plan

PLACEHOLDER = re.compile(r"%\((\w+)\)s")
RATE = re.compile(r"tps = ([0-9.]+)")
NEW_ID = object()
"""Stands for an id that is another one every time."""
MOST_SUBJECTS = 20
"""How many of the subjects are asked for in turn."""


def requests_a_second(ground: Ground, door: str, *, subjects: Sequence[str], plan: Plan) -> float:
    """How often the statements of a door, session lookup included, ran in a second."""
    chosen = subjects[:MOST_SUBJECTS]
    script = _Script()
    for subject in chosen:
        script.add(_asked(ground, door, subject))
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file, on_core(SERVER_CORE):
        file.write("\n".join(script.lines) + "\n")
        file.flush()
        Path(file.name).chmod(0o644)
        said = subprocess.run(
            [
                BINARIES / "pgbench",
                *("--no-vacuum", "--protocol=prepared", f"--file={file.name}"),
                f"--client={plan.connections}",
                f"--time={round(plan.seconds)}" if plan.seconds >= 1 else "--transactions=1",
                *(f"--define={name}={value}" for value, name in script.names.items()),
                ground.settings.database_url.get_secret_value(),
            ],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
    rate = RATE.search(said)
    assert rate is not None, said
    return float(rate[1]) * len(chosen)


def _asked(ground: Ground, door: str, subject: str) -> list[tuple[str, dict[str, Any]]]:
    """Every statement of one request, in its order. What follows from rows is asked with the rows there are now."""
    what = ground.tested.doors[door]
    asks = what.asks(subject)
    then: Sequence[Query[Any]] = ()
    if what.then:
        with ground.connect() as db, db.cursor(row_factory=dict_row) as cursor:
            then = what.then(subject, cursor.execute(asks[0].sql, asks[0].params).fetchall())
    keeps = [(one.sql, {**one.params, "id": NEW_ID}) for one in (what.keeps(subject) if what.keeps else ())]
    plain = [(one.sql, one.params) for one in (ground.tested.confirm(ground.session_id), *asks, *then)]
    return [("BEGIN", {}), *plain, *keeps, ("COMMIT", {})] if keeps else plain


class _Script:
    """What pgbench runs; `names` are its variables, by the value each stands for."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.lines: list[str] = []

    def add(self, statements: Sequence[tuple[str, dict[str, Any]]]) -> None:
        self.lines += ["\\startpipeline", *(self._line(sql, params) for sql, params in statements), "\\endpipeline"]

    def _line(self, sql: str, params: dict[str, Any]) -> str:
        written = PLACEHOLDER.sub(lambda found: self._written(params[found[1]]), sql)
        return written.replace("%%", "%").strip() + ";"

    def _written(self, value: Any) -> str:
        if value is None:
            return "NULL"
        if value is NEW_ID:
            return "uuidv7()"
        plain = f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
        if isinstance(value, list):
            plain = "{" + ",".join(map(str, value)) + "}"
        return ":" + self.names.setdefault(plain, f"given_{len(self.names)}")
