"""`--layers` at a tiny scale: that it says where time goes and what pages read, not how fast this machine is."""

import os
import subprocess
import sys
from pathlib import Path

from backoffice.kernel import limits, telemetry, tokens
from backoffice.kernel.web import front, lock
from benchmarks.layers import layer_of, lists_of, rows_of, scans_in, way_of

INDEX = {"Node Type": "Bitmap Index Scan", "Index Name": "ticket_newest_idx", "Actual Rows": 7, "Actual Loops": 1}
HEAP = {"Node Type": "Bitmap Heap Scan", "Relation Name": "ticket", "Actual Rows": 7, "Actual Loops": 1}
WHOLE = {"Node Type": "Seq Scan", "Relation Name": "staff", "Actual Rows": 1, "Actual Loops": 7}
PLAN = {"Node Type": "Nested Loop", "Plans": [{**HEAP, "Plans": [INDEX]}, {**WHOLE, "Rows Removed by Filter": 2}]}


def test_code_counts_for_the_layer_it_stands_in() -> None:
    found = {
        layer_of(function.__code__)
        for function in (tokens.Tokens.read, limits.Windows.hit, telemetry.count_request, telemetry.as_json)
    }

    assert found == {"token", "limits", "metrics", "log"}
    assert layer_of(lock.Lock._answer.__code__) == "answer"
    assert layer_of(front.Front.__call__.__code__) == "gate"
    assert layer_of(test_code_counts_for_the_layer_it_stands_in.__code__) is None


def test_a_plan_says_its_ways_and_each_row_it_looked_at_once() -> None:
    scans = list(scans_in(PLAN))

    assert [way for scan in scans for way in way_of(scan)] == ["ticket_newest_idx", "all of staff"]
    assert sum(map(rows_of, scans)) == 7 + 3 * 7


def test_the_whole_says_something_of_every_list(tmp_path: Path) -> None:
    argv = ["--layers", "--only", "helpdesk", "--scale", "100", "--seconds", "0.1", "--data", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *argv],
        env={**os.environ, "COLUMNS": "300"},
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert "helpdesk: microseconds a request" in done.stdout
    assert [address for address in lists_of("helpdesk") if done.stdout.count(f" {address} ") < 2] == []
    assert len(lists_of("shield")) > 3
