"""What the rules and the database know of priorities is the same."""

from backoffice.marketplace.takedown.rules import PRIORITIES, Priority, Reason
from tests.marketplace.making import Given, Path

URGENCY = {Priority.HIGH: 3, Priority.MEDIUM: 2, Priority.LOW: 1}


async def test_the_database_ranks_every_reason_as_the_rules_do(path: Path, given: Given) -> None:
    for reason in Reason:
        await path.takedown(await path.reviewed(), reason_code=reason)

    found = await given.value("SELECT jsonb_object_agg(reason_code, urgency) FROM marketplace.takedown_request")

    assert found == {reason: URGENCY[PRIORITIES[reason]] for reason in Reason}
