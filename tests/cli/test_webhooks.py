"""webhooks: endpoints kept from the command line, what was delivered to them, and doing it again."""

import re
from collections.abc import AsyncIterator

import pytest

from tests.cli.conftest import Command, Said
from tests.kernel.webhooks.hooks import Hooks
from tests.kernel.webhooks.receiver import Receiver, receiving
from tests.making import Make

ALLOWED = {"WEBHOOKS_ALLOW_LOOPBACK": "true"}
DEACTIVATED = "user.deactivated"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running


@pytest.fixture
def hooks(make: Make) -> Hooks:
    return Hooks(make.house)


def endpoint_in(said: Said) -> tuple[str, str]:
    """The id and the secret that a command showed."""
    assert said.code == 0, said.err
    first, secret = said.out.splitlines()
    found = re.search(r"endpoint_[0-9a-f]{32}", first)
    assert found
    return found[0], secret


async def added(command: Command, receiver: Receiver, *options: str) -> tuple[str, str]:
    return endpoint_in(await command("webhooks", "add", "shield", receiver.url, *options, **ALLOWED))


async def test_an_added_endpoint_gets_the_products_events_signed(
    command: Command, hooks: Hooks, receiver: Receiver, make: Make
) -> None:
    endpoint_id, secret = await added(command, receiver)
    await hooks.publish(DEACTIVATED)

    assert await hooks.deliver() == "delivered"
    assert receiver.got[0].verified_with(secret)
    assert await make.audited() == [("webhook.endpoint_added", f"webhook:{endpoint_id}", 0)]


async def test_an_endpoint_gets_only_the_events_it_was_added_for(
    command: Command, hooks: Hooks, receiver: Receiver
) -> None:
    await added(command, receiver, "--event", "payout.completed", "--event", "claim.status_changed")

    assert await hooks.publish(DEACTIVATED) is None
    assert await hooks.publish("payout.completed") is not None


async def test_what_can_not_be_an_endpoint_is_refused_in_one_sentence(
    command: Command, hooks: Hooks, receiver: Receiver
) -> None:
    await added(command, receiver)
    refused = {
        ("shield", "https://169.254.169.254/"): "169.254.169.254 is not a public address",
        ("shield", "http://127.0.0.1:1/"): "127.0.0.1 is not a public address",
        ("shield", "ftp://app.example/"): "it must begin with https://",
        ("shield", receiver.url, "--event", "user.born"): "Known: claim.status_changed, payout.completed, user.deac",
        ("helpdesk", "https://app.example/"): "helpdesk has no events to tell",
    }
    for arguments, sentence in refused.items():
        said = await command("webhooks", "add", *arguments, WEBHOOKS_ALLOW_LOOPBACK="false")
        assert (said.code, said.out, said.err.count("\n")) == (1, "", 1), said
        assert sentence in said.err
    again = await command("webhooks", "add", "shield", receiver.url, **ALLOWED)
    assert (again.code, again.err) == (1, f"backoffice: {receiver.url} is an endpoint already\n")


async def test_the_list_shows_how_each_endpoint_is_and_no_secret(
    command: Command, hooks: Hooks, receiver: Receiver
) -> None:
    endpoint_id, secret = await added(command, receiver, "--event", DEACTIVATED)
    assert "well" in (await command("webhooks", "list")).out

    receiver.answer(500, 410)
    await hooks.publish(DEACTIVATED)
    await hooks.deliver()
    failing = (await command("webhooks", "list")).out
    assert "failing since" in failing
    assert secret.removeprefix("whsec_") not in failing
    await hooks.deliver()
    assert "disabled: 410" in (await command("webhooks", "list")).out
    enabled = await command("webhooks", "enable", endpoint_id)
    assert (enabled.code, enabled.out) == (0, f"The endpoint {endpoint_id} is enabled.\n")
    assert "well" in (await command("webhooks", "list")).out


async def test_a_rotated_endpoint_has_two_secrets_for_as_long_as_was_said(
    command: Command, hooks: Hooks, receiver: Receiver
) -> None:
    endpoint_id, old = await added(command, receiver)
    rotated = await command("webhooks", "rotate", endpoint_id, "--overlap", "48")
    new = rotated.out.strip()
    await hooks.publish(DEACTIVATED)
    await hooks.deliver()

    assert rotated.code == 0
    assert receiver.got[0].verified_with(old)
    assert receiver.got[0].verified_with(new)
    left = "SELECT extract(epoch FROM old_until - now())::bigint FROM kernel.webhook_endpoint"
    assert 47 * 3600 < await hooks.value(left) <= 48 * 3600


async def test_a_test_is_queued_and_the_log_tells_what_became_of_it(
    command: Command, hooks: Hooks, receiver: Receiver
) -> None:
    endpoint_id, _ = await added(command, receiver)
    queued = await command("webhooks", "test", endpoint_id)
    found = re.search(r"webhooks attempts (\d+)", queued.out)
    assert found
    receiver.answer(503, 200)
    for _ in range(2):
        await hooks.deliver(int(found[1]))

    attempts = await command("webhooks", "attempts", found[1])
    assert [answer in attempts.out for answer in ("503", "200")] == [True, True]
    [line] = [line for line in (await command("webhooks", "log")).out.splitlines() if "ping" in line]
    assert "delivered" in line


async def test_the_log_shows_only_what_is_asked_for(command: Command, hooks: Hooks, receiver: Receiver) -> None:
    endpoint_id, _ = await added(command, receiver)
    first = await hooks.publish(DEACTIVATED)
    await hooks.deliver()
    assert DEACTIVATED in (await command("webhooks", "log", "--endpoint", endpoint_id)).out
    for options in (("--failed",), ("--endpoint", "endpoint_of_nobody"), ("--product", "helpdesk")):
        assert DEACTIVATED not in (await command("webhooks", "log", *options)).out, first


async def test_a_delivery_is_replayed_by_its_number_or_with_all_that_failed(
    command: Command, hooks: Hooks, receiver: Receiver
) -> None:
    await added(command, receiver)
    number = await hooks.publish(DEACTIVATED)
    await hooks.deliver()
    one = await command("webhooks", "replay", str(number))
    assert (one.code, one.out) == (0, f"Delivery {number} is queued.\n")
    assert "still being tried" in (await command("webhooks", "replay", str(number))).err

    receiver.answer(500)
    await hooks.change("UPDATE kernel.webhook_delivery SET give_up_at = now()")
    assert await hooks.deliver() == "failed"
    assert (await command("webhooks", "replay", "--since", "2999-01-01")).out == "Deliveries queued: 0.\n"
    assert (await command("webhooks", "replay", "--since", "2020-01-01")).out == "Deliveries queued: 1.\n"
    assert len({got.id for got in receiver.got}) == 1


async def test_what_to_replay_must_be_said_once(command: Command, make: Make) -> None:
    for arguments in ((), ("7", "--since", "2020-01-01")):
        said = await command("webhooks", "replay", *arguments)
        assert (said.code, said.err) == (1, "backoffice: name one delivery, or --since\n")
    assert "There is no delivery 7" in (await command("webhooks", "replay", "7")).err


async def test_a_removed_endpoint_is_gone(command: Command, make: Make, receiver: Receiver) -> None:
    endpoint_id, _ = await added(command, receiver)
    removed = await command("webhooks", "remove", endpoint_id)

    assert (removed.code, removed.out) == (0, f"The endpoint {endpoint_id} is removed.\n")
    for verb in ("remove", "rotate", "enable", "test"):
        again = await command("webhooks", verb, endpoint_id)
        assert (again.code, again.err) == (1, f"backoffice: There is no webhook endpoint {endpoint_id}\n")
