"""The files of deploy/ name settings and metrics that there are, and hold every part to the same bounds."""

import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
import orjson
import yaml

from backoffice.configuration import environment_of
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.settings import Settings
from tests.cli.commands import PATIENCE_SECONDS, free_port

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
NAMED = re.compile(r"\b(?:backoffice|process)_[a-z0-9_]+")


def test_every_part_of_the_compose_file_is_held_to_the_same_bounds() -> None:
    parts = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]

    assert {"api1", "worker1", "postgres", "pgbouncer", "redis", "haproxy", "prometheus"} <= parts.keys()
    for name, part in parts.items():
        assert part["read_only"] is True, name
        assert part["cap_drop"] == ["ALL"], name
        assert part["security_opt"] == ["no-new-privileges:true"], name


def test_settings_that_the_examples_name_are_settings() -> None:
    told = set()
    for example in ("house.env.example", "owner.env.example"):
        told |= set(re.findall(r"^([A-Z_]+)=", (DEPLOY / example).read_text(), re.MULTILINE))

    assert {name for name in told if not name.startswith("AWS_")} <= {name.upper() for name in Settings.model_fields}


def test_dashboard_and_alerts_name_only_metrics_that_a_started_process_exports(
    settings: Settings, clean: EmbeddedServer, tmp_path: Path
) -> None:
    dashboard = orjson.loads((DEPLOY / "grafana" / "backoffice.json").read_bytes())
    alerts = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked += [rule["expr"] for group in alerts["groups"] for rule in group["rules"]]
    named = {name for expression in asked for name in NAMED.findall(expression)}

    assert len(named) > 5
    assert named <= exported_by("serve", settings, tmp_path)


def exported_by(command: str, settings: Settings, folder: Path) -> set[str]:
    """The names of all metrics of a process, as Prometheus keeps them."""
    port = free_port()
    changes = {"port": free_port(), "metrics_port": port, "data_folder": folder}
    process = subprocess.Popen(
        [sys.executable, "-m", "backoffice", command], env=environment_of(settings.model_copy(update=changes))
    )
    try:
        return set(_names(_shown_at(f"http://127.0.0.1:{port}/metrics", process)))
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _shown_at(address: str, process: subprocess.Popen[bytes]) -> str:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at and process.poll() is None:
        with suppress(httpx.TransportError):
            return httpx.get(address, trust_env=False).text
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    raise AssertionError("it never showed its metrics")


def _names(shown: str) -> list[str]:
    """What Prometheus's own text says of types: a counter ends in _total, a histogram is kept as three."""
    names = []
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", shown, re.MULTILINE):
        names += [name, *(f"{name}_{part}" for part in ("bucket", "sum", "count") if kind == "histogram")]
    return names
