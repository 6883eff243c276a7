"""What moderators note among themselves leaves through no answer of the platform, no message, no webhook."""

import dataclasses
from typing import Any

import pytest

from backoffice.application import described
from backoffice.marketplace.takedown.evidence import EvidenceRow
from backoffice.marketplace.takedown.told import PartiesRow, ToldRow
from tests.marketplace.dispute.acting import BODIES, mails
from tests.marketplace.making import Given, Path
from tests.marketplace.takedown.acting import REASON, Moderator
from tests.marketplace.takedown.conftest import ModeratorOf

CANARY = "canary"
PLATFORM = "/api/v1/platform/takedown-requests"


def readable(ids: dict[str, Any]) -> list[str]:
    """Every address at which the platform may read something about these."""
    doors = [one for one in described()["marketplace"].doors if one.lock.scope and "GET" in (one.methods or ())]
    return [one.path_format.format(**ids) for one in doors if one.lock.inputs.path.keys() <= ids.keys()]


@pytest.mark.usefixtures("listening")
async def test_whatever_is_decided_and_appealed_no_note_of_staff_is_told_outside(
    path: Path, moderator: Moderator, moderator_of: ModeratorOf, review: dict[str, Any], given: Given
) -> None:
    request, second = await path.takedown(review), await moderator_of()
    url = f"{PLATFORM}/{request['id']}"
    said = [
        await path.platform.post(f"{url}/evidence/text", json={"content": "It rained"}),
        await moderator.accept(request, "remove", admin_notes=f"{CANARY} 1"),
        await path.platform.post(f"{url}/appeal", json={"by": "reviewer", "reason": "I was there"}),
        await second.accept(request, "hide", admin_notes=f"{CANARY} 2", notify_reviewer=True),
    ]
    assert [one.status_code for one in said] == [201, 200, 200, 200]

    ids = {"request_id": request["id"], "user_id": review["user_id"], "vendor_id": review["vendor_id"]}
    answers = [await path.platform.get(one) for one in readable(ids)]
    told = [said[0].text, said[2].text, *(one.text for one in answers)]
    told += [text for _, text in await mails(given)]
    told.append(str(await given.value(BODIES)))

    assert len(answers) >= 3
    assert [text for text in told if CANARY in text] == []
    assert sum(REASON in text for text in told) > 3, "what is said aloud is told"
    assert CANARY in str(await moderator.get(request))


@pytest.mark.parametrize("row", [ToldRow, PartiesRow, EvidenceRow])
def test_a_row_that_is_told_outside_has_no_place_for_what_staff_note(row: type) -> None:
    assert not [one.name for one in dataclasses.fields(row) if "admin" in one.name or one.name == "notes"]
