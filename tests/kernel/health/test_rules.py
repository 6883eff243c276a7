"""When a part is healthy, and what the parts make of the whole."""

from backoffice.kernel.health.rules import Health, mean_ms, percent, queue_state, whole_of

HEALTHY, DEGRADED, UNHEALTHY = Health.HEALTHY, Health.DEGRADED, Health.UNHEALTHY


def test_the_whole_is_as_its_worst_part_and_what_is_not_there_is_no_fault() -> None:
    assert whole_of([HEALTHY, Health.NOT_CONFIGURED]) is HEALTHY
    assert whole_of([HEALTHY, DEGRADED]) is DEGRADED
    assert whole_of([DEGRADED, UNHEALTHY, HEALTHY]) is UNHEALTHY


def test_a_queue_without_a_worker_is_unhealthy_once_somebody_waits() -> None:
    assert queue_state(workers=0, waited_seconds=0)[0] is DEGRADED
    assert queue_state(workers=0, waited_seconds=61)[0] is UNHEALTHY
    assert queue_state(workers=1, waited_seconds=61) == (HEALTHY, None)
    assert queue_state(workers=1, waited_seconds=301)[0] is DEGRADED


def test_means_and_shares_of_nothing_are_nothing() -> None:
    assert (mean_ms(0.0, 0), percent(0, 0)) == (0.0, 0.0)
    assert (mean_ms(0.5, 4), percent(1, 3)) == (125.0, 33.33)
