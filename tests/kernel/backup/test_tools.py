"""What is said of a program that failed."""

import pytest

from backoffice.kernel.backup.rules import ToolFailed
from backoffice.kernel.backup.source import run_tool


def test_a_tool_that_failed_says_why_and_not_what_it_cleared_away_afterwards() -> None:
    with pytest.raises(ToolFailed) as failed:
        run_tool("/bin/sh", "-c", "echo 'tool: error: no room' >&2; echo 'tool: removing what was made' >&2; exit 1")

    assert failed.value.sentence == "/bin/sh failed: no room"
