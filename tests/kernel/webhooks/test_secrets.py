"""Secrets: sealed where they are kept, two of them during a rotation, and moved to the new key of the ring."""

import dataclasses

import pytest
from standardwebhooks import WebhookVerificationError

from backoffice.kernel.encryption.keyring import KeyRing, new_key
from backoffice.kernel.secrets.rotation import rotate
from backoffice.kernel.webhooks import actions, jobs
from backoffice.kernel.webhooks.endpoints import SEALED
from tests.kernel.webhooks.hooks import Hooks
from tests.kernel.webhooks.receiver import Got, Receiver

OVERLAP_IS_OVER = "UPDATE kernel.webhook_endpoint SET old_until = now()"


async def rotated(hooks: Hooks, endpoint_id: str, *, overlap_hours: int = 24) -> str:
    async with hooks.write() as tx:
        return await actions.rotate_secret(tx, hooks.house.keys, endpoint_id, overlap_hours=overlap_hours)


async def delivered(hooks: Hooks, receiver: Receiver) -> Got:
    await hooks.publish()
    assert await hooks.deliver() == "delivered"
    return receiver.got[-1]


async def test_a_secret_is_kept_sealed_and_said_nowhere_else(hooks: Hooks) -> None:
    endpoint_id, secret = await hooks.endpoint("https://one.example/")
    new = await rotated(hooks, endpoint_id)

    assert secret.startswith("whsec_")
    kept = await hooks.value("SELECT e::text || sealed::text || old_sealed::text FROM kernel.webhook_endpoint e")
    audited = await hooks.value("SELECT string_agg(a::text, '') FROM kernel.audit_entry a")
    for plain in (secret, new):
        assert plain.removeprefix("whsec_") not in kept + audited
        assert plain.encode().hex() not in kept


async def test_during_a_rotation_both_secrets_verify(hooks: Hooks, receiver: Receiver) -> None:
    endpoint_id, old = await hooks.endpoint(receiver.url)
    new = await rotated(hooks, endpoint_id)
    got = await delivered(hooks, receiver)

    assert got.headers["webhook-signature"].count("v1,") == 2
    assert got.verified_with(old)
    assert got.verified_with(new)


async def test_after_the_overlap_the_new_secret_is_the_only_one(hooks: Hooks, receiver: Receiver) -> None:
    endpoint_id, old = await hooks.endpoint(receiver.url)
    new = await rotated(hooks, endpoint_id)
    await hooks.change(OVERLAP_IS_OVER)
    got = await delivered(hooks, receiver)

    assert got.verified_with(new)
    with pytest.raises(WebhookVerificationError):
        got.verified_with(old)
    await jobs.forget_webhooks(hooks.run)
    assert await hooks.value("SELECT old_sealed FROM kernel.webhook_endpoint") is None


async def test_without_an_overlap_the_old_secret_ends_at_once(hooks: Hooks, receiver: Receiver) -> None:
    endpoint_id, old = await hooks.endpoint(receiver.url)
    await rotated(hooks, endpoint_id, overlap_hours=0)

    with pytest.raises(WebhookVerificationError):
        (await delivered(hooks, receiver)).verified_with(old)


async def test_turning_the_key_ring_takes_both_secrets_along(hooks: Hooks, receiver: Receiver) -> None:
    endpoint_id, old = await hooks.endpoint(receiver.url)
    new = await rotated(hooks, endpoint_id)
    key, before = new_key(), hooks.house.settings.encryption_keys.get_secret_value()
    both = dataclasses.replace(hooks.house, keys=KeyRing(f"{key},{before}"))

    assert await rotate(both.database, both.keys, columns=SEALED, progress=lambda _: None) == 2
    alone = dataclasses.replace(hooks.run.house, keys=KeyRing(key))
    hooks.run = dataclasses.replace(hooks.run, house=alone)
    got = await delivered(hooks, receiver)
    assert got.verified_with(old)
    assert got.verified_with(new)
