"""What lets a test leave no trace is held to that itself."""

import psycopg
import pytest

from tests.conftest import Sweeper

STAFF = "INSERT INTO kernel.staff (username, email, full_name, password_hash) VALUES ('ada', 'a@b.test', 'Ada', 'x')"


def unclean(sweep: Sweeper) -> set[str]:
    return {name for (name,) in sweep.connection.execute("SELECT tests.unclean()").fetchall()}


def test_what_was_added_changed_or_taken_away_is_seen_and_put_back(sweep: Sweeper) -> None:
    sweep.connection.execute(STAFF)
    sweep.connection.execute("UPDATE shield.plan SET name = name || '!'")
    sweep.connection.execute("DELETE FROM helpdesk.testing_mode")
    assert unclean(sweep) == {"kernel.staff", "shield.plan", "helpdesk.testing_mode"}

    sweep()

    assert unclean(sweep) == set()


def test_a_lost_connection_is_made_anew(sweep: Sweeper) -> None:
    sweep.connection.execute(STAFF)
    with pytest.raises(psycopg.OperationalError):
        sweep.connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    sweep()

    assert unclean(sweep) == set()
