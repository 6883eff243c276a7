"""A laptop without Redis runs all tests but those that need a real one, and says so. CI always has it (.ci/run)."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from backoffice.kernel.database.embedded import EmbeddedServer
from tests.conftest import superuser

MISSING = shutil.which("redis-server") is None and "CI" not in os.environ
NEED_REDIS = ["test_redis_shared.py", "web/test_without_redis.py"]
collect_ignore = NEED_REDIS if MISSING else []


def pytest_report_header() -> str | None:
    return f"left out, because no redis-server is installed: {', '.join(NEED_REDIS)}" if MISSING else None


@pytest.fixture
def watcher(clean: EmbeddedServer) -> Iterator[psycopg.Connection[Any]]:
    """A connection past all walls, for what a test wants to see or hold up."""
    with superuser(clean) as connection:
        yield connection
