"""`python -m benchmarks.machines.files`: asks the tools themselves whether they take the files of deploy/.

A tool that is not installed here is named and passed over, but for those that the trial needs anyway.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.machines.databases import DEPLOY

ADDRESSES = {
    **{name: f"127.0.0.1:{port}" for port, name in enumerate(("API1", "API2", "API3"), 9000)},
    "HAPROXY_BIND": "127.0.0.1:8080",
    "HAPROXY_METRICS": "127.0.0.1:8405",
    "HAPROXY_SOCKET": "unix@haproxy.sock",
}
COMMANDS = (
    ("haproxy", "-c", "-q", "-f", str(DEPLOY / "haproxy" / "haproxy.cfg")),
    ("promtool", "check", "rules", "alerts.yml"),
    ("promtool", "check", "config", "prometheus.yml"),
    ("docker", "compose", "-f", "compose.yaml", "config", "--quiet"),
)
ELSEWHERE = ("/opt/backoffice/bin/backoffice", "/usr/lib/postgresql/18/bin/pg_receivewal")
"""What is on the machines of the house, and need not be on this one."""
MOST_EXPOSED = "20"
"""In tenths: what `systemd-analyze security` may find open of a unit."""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        commands = [*COMMANDS, *_lay_out(Path(folder))]
        refused = [words for words in commands if not _takes(words, Path(folder))]
    return 1 if refused else 0


def _lay_out(folder: Path) -> Iterator[tuple[str, ...]]:
    """Copies where the tools look for them, and what asks systemd about each unit."""
    for name in ("alerts.yml", "prometheus.yml"):
        text = (DEPLOY / "prometheus" / name).read_text().replace("/etc/prometheus/", "")
        (folder / name).write_text(text)
    shutil.copy(DEPLOY / "compose.yaml", folder)
    for name in ("house", "owner", "postgres", "wal"):
        shutil.copy(DEPLOY / f"{name}.env.example", folder / f"{name}.env")
    for unit in sorted((DEPLOY / "systemd").iterdir()):
        name = unit.name.replace("@.", "@1.")
        text = unit.read_text()
        for elsewhere in ELSEWHERE:
            text = text.replace(elsewhere, "/bin/true")
        (folder / name).write_text(text)
        yield ("systemd-analyze", "verify", "--man=no", name)
        yield ("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", name)


def _takes(words: tuple[str, ...], folder: Path) -> bool:
    shown = " ".join(words).replace(str(DEPLOY.parent) + "/", "")
    if not _is_here(words):
        print(f"not here: {shown}")
        return True
    environment = {**os.environ, **ADDRESSES}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    print(f"{'taken' if done.returncode == 0 else 'REFUSED'}: {shown}")
    if done.returncode != 0:
        print(done.stdout + done.stderr)
    return done.returncode == 0


def _is_here(words: tuple[str, ...]) -> bool:
    tool = shutil.which(words[0])
    if tool is None or words[0] != "docker":
        return tool is not None
    return subprocess.run((tool, "compose", "version"), capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
