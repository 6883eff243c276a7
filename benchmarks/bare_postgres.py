"""PostgreSQL alone: pgbench sends the statements of a door in one pipeline, prepared, and encodes nothing."""

import re
import subprocess
import tempfile
from pathlib import Path

from backoffice.kernel.database.embedded import BINARIES
from benchmarks.ground import SERVER_CORE, Ground, on_core
from benchmarks.statements import ASKS, SESSION, Statement

PLACEHOLDER = re.compile(r"%\((\w+)\)s")
RATE = re.compile(r"tps = ([0-9.]+)")


def requests_a_second(ground: Ground, door: str, *, seconds: float, connections: int) -> float:
    """How often the statements of a door, session lookup included, ran in a second."""
    session = {"session_id": ground.session_id, "product": "helpdesk", "role": "super_admin"}
    asks: list[Statement] = [(SESSION, session), *ASKS[door]]
    given = {name: value for _, facts in asks for name, value in facts.items() if name != "ticket_id"}
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script, on_core(SERVER_CORE):
        script.write(_script(asks, ground.scale))
        script.flush()
        Path(script.name).chmod(0o644)
        said = subprocess.run(
            [
                BINARIES / "pgbench",
                *("--no-vacuum", "--protocol=prepared", f"--file={script.name}"),
                *(f"--client={connections}", f"--time={max(1, round(seconds))}"),
                *(f"--define={name}={value}" for name, value in given.items()),
                ground.settings.database_url.get_secret_value(),
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    rate = RATE.search(said)
    assert rate is not None, said
    return float(rate[1])


def _script(asks: list[Statement], scale: int) -> str:
    statements = [PLACEHOLDER.sub(r":\1", sql).replace("%%", "%").strip() + ";" for sql, _ in asks]
    return "\n".join([f"\\set ticket_id random(1, {scale})", "\\startpipeline", *statements, "\\endpipeline", ""])
