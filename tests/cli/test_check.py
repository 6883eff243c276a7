"""`backoffice check` tries what the settings name, by real parts on loopback, and never shows a secret."""

import json
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.encryption.keyring import new_key
from tests.cli.commands import free_port
from tests.cli.conftest import Command, Said
from tests.conftest import superuser
from tests.kernel.outside import bucket_running, silent_port

CANARY = "canary-nobody-may-see"


def lines(said: Said) -> dict[str, tuple[str, str]]:
    """By what was tried: the verdict, and what was said."""
    return {line[6:19].strip(): (line[:6].strip(), line[19:]) for line in said.out.splitlines()}


async def test_an_installation_that_names_nothing_outside_is_fine(command: Command) -> None:
    said = await command("check")

    assert said.code == 0, said.out
    assert (await command("check", ENCRYPTION_KEYS=new_key())).code == 0, "trying claims nothing"
    assert {verdict for verdict, _ in lines(said).values()} == {"ok"}
    assert lines(said)["database"] == ("ok", "PostgreSQL 18 as backoffice_app")
    assert list(lines(said)) == [
        *("database", "replicas", "data folder", "files", "redis", "mail", "whatsapp", "model"),
        *("payout rail", "razorpay", "stripe", "sandbox"),
    ]


async def test_what_answers_is_fine(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    mail.start()
    try:
        with bucket_running(200) as bucket:
            for name, value in bucket.environment().items():
                monkeypatch.setenv(name, value)
            said = await command(
                "check", FILES_URL="s3://papers", NOTIFY_URL=f"mailto://127.0.0.1:{mail.port}?from=us@example.com"
            )
    finally:
        mail.stop()

    assert said.code == 0, said.out
    assert lines(said)["files"] == ("ok", "s3://papers")
    assert lines(said)["mail"][1].startswith("the mail server lets us in")
    assert bucket.kept == {}


async def test_what_is_away_is_named_and_no_secret_is_shown(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with bucket_running(403) as bucket, silent_port() as paused:
        for name, value in bucket.environment().items():
            monkeypatch.setenv(name, value)
        said = await command(
            "check",
            DATA_FOLDER=str(tmp_path / "file" / "data"),
            FILES_URL="s3://papers",
            DATABASE_REPLICA_URLS=f'["postgresql://me:{CANARY}@127.0.0.1:{free_port()}/x"]',
            REDIS_URL=f"redis://:{CANARY}@127.0.0.1:{paused}",
            NOTIFY_URL=f"mailto://me:{CANARY}@127.0.0.1:{free_port()}?from=us@example.com",
            PAYOUT_RAIL="nacha",
            WHATSAPP_ACCESS_TOKEN=CANARY,
            LLM_BASE_URL=f"http://127.0.0.1:{free_port()}",
            LLM_MODEL="any",
            LLM_API_KEY=CANARY,
            RAZORPAY_KEY_ID="rzp",
            RAZORPAY_KEY_SECRET=CANARY,
            RAZORPAY_WEBHOOK_SECRET=CANARY,
            RAZORPAY_URL=f"http://127.0.0.1:{free_port()}",
            STRIPE_SECRET_KEY=CANARY,
        )

    assert said.code == 1
    found = lines(said)
    assert {name for name, (verdict, _) in found.items() if verdict == "WRONG"} == set(found) - {"database", "sandbox"}
    assert found["sandbox"] == ("ok", "off: a real gateway is set up")
    assert found["razorpay"][1].startswith("Razorpay gave no answer")
    assert "STRIPE_WEBHOOK_SECRET" in found["stripe"][1]
    assert "Not a directory" in found["data folder"][1]
    assert "NACHA_BANK_ROUTING" in found["payout rail"][1]
    assert "WHATSAPP_APP_SECRET" in found["whatsapp"][1]
    assert CANARY not in said.out + said.err
    assert "key-nobody-may-see" not in said.out + said.err


async def test_a_database_with_other_keys_or_another_role_is_named(
    command: Command, database_settings: dict[str, str]
) -> None:
    await command("staff", "list")

    other = await command("check", ENCRYPTION_KEYS=new_key())
    away = await command("check", DATABASE_URL=f"postgresql://me:{CANARY}@127.0.0.1:{free_port()}/x")
    owner = await command("check", DATABASE_URL=database_settings["DATABASE_OWNER_URL"])
    itself = await command("check", DATABASE_REPLICA_URLS=json.dumps([database_settings["DATABASE_URL"]]))

    assert (other.code, lines(other)["database"][0]) == (1, "WRONG")
    assert "ENCRYPTION_KEYS lacks the key" in lines(other)["database"][1]
    assert lines(away)["database"][1].startswith("it does not answer: ")
    assert CANARY not in away.out
    assert lines(itself)["replicas"] == ("ok", "0 of 1 follow the primary")
    assert lines(owner)["database"][1] == (
        "the search_path of backoffice_owner lacks procrastinate; run `backoffice migrate`"
    )


async def test_a_role_that_may_change_the_audit_log_is_named(command: Command, clean: EmbeddedServer) -> None:
    with superuser(clean) as connection:
        connection.execute("GRANT UPDATE ON kernel.audit_entry TO backoffice_app")
        try:
            said = await command("check")
        finally:
            connection.execute("REVOKE UPDATE ON kernel.audit_entry FROM backoffice_app")

    assert said.code == 0
    assert "it may change kernel.audit_entry" in lines(said)["database"][1]
