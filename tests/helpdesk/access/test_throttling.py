"""How often one may try to sign in: so often per account, so often per address, in a minute."""

from typing import Any

import pytest

from backoffice.settings import Settings
from tests.conftest import PASSWORD
from tests.helpdesk.access.test_api import sign_in
from tests.making import Make

PER_ACCOUNT, PER_ADDRESS = 3, 8


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As everywhere, but with a door that closes soon."""
    return settings.model_copy(update={"sign_ins_per_account": PER_ACCOUNT, "sign_ins_per_address": PER_ADDRESS})


async def test_an_account_is_closed_for_a_while_after_too_many_tries_even_to_its_owner(
    make: Make, visitor: Any
) -> None:
    agent, colleague = await make.agent(), await make.agent()

    tries = [await sign_in(visitor, agent.username, "Wrong123!") for _ in range(PER_ACCOUNT)]
    right = await sign_in(visitor, agent.username.upper(), PASSWORD)
    other = await sign_in(visitor, colleague.username)

    assert [answer.status_code for answer in tries] == [401] * PER_ACCOUNT
    assert right.status_code == 429
    assert 1 <= int(right.headers["Retry-After"]) <= 60
    assert right.json()["detail"].startswith("Too many requests.")
    assert other.status_code == 200


async def test_an_account_has_one_count_whether_it_is_named_by_username_or_by_email(make: Make, visitor: Any) -> None:
    agent = await make.agent()
    for _ in range(PER_ACCOUNT):
        await sign_in(visitor, agent.username, "Wrong123!")

    assert (await sign_in(visitor, agent.email, "Wrong123!")).status_code == 429


async def test_an_unknown_name_closes_like_a_known_one(visitor: Any, make: Make) -> None:
    tries = [await sign_in(visitor, "nobody") for _ in range(PER_ACCOUNT + 1)]

    assert [answer.status_code for answer in tries] == [*[401] * PER_ACCOUNT, 429]


async def test_an_address_is_closed_after_too_many_tries_over_many_accounts(make: Make, visitor: Any) -> None:
    agent = await make.agent()
    for number in range(PER_ADDRESS):
        await sign_in(visitor, f"guess_{number}", "Wrong123!")

    assert (await sign_in(visitor, agent.username)).status_code == 429
