"""What can't be done is said in one sentence on standard error, with exit code 1, and leaves no process behind."""

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from backoffice.configuration import ConfigurationMissing, environment_of, environment_settings
from backoffice.kernel.encryption.keyring import new_key
from tests.cli.commands import free_port, processes_of, run_command
from tests.cli.forked import run_forked

COMMANDS = (
    *("run", "serve", "worker", "migrate", "check", "demo", "staff", "keys"),
    *("routes", "openapi", "import", "audit", "simulate"),
)
SECRETS = {"TOKEN_SECRET": "a secret that is long enough to sign tokens", "ENCRYPTION_KEYS": new_key()}
SSL_REQUEST, GSS_REQUEST = 80877103, 80877104


def refusal_of(*arguments: str, folder: Path, **settings: str) -> str:
    """The one sentence a command says when it refuses."""
    refused = run_forked(*arguments, folder=folder, **settings)

    assert refused.returncode == 1, refused.stdout
    assert refused.stderr.startswith("backoffice: "), refused.stderr
    assert refused.stderr.count("\n") == 1, refused.stderr
    assert processes_of(folder) == []
    return refused.stderr.removeprefix("backoffice: ").strip()


def test_help_lists_every_command(tmp_path: Path) -> None:
    said = run_command("--help", folder=tmp_path)

    assert said.returncode == 0
    listed = {words[1] for line in said.stdout.splitlines() if len(words := line.split()) > 2 and words[0] == "│"}
    assert set(COMMANDS) <= listed


def test_a_port_in_use_is_named_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal_of("run", "--port", str(port), "--data", "data", folder=tmp_path)

    assert said == f"Port {port} is in use. Choose another with PORT=... or --port."
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    said = refusal_of("run", "--port", str(free_port()), "--data", "file/data", folder=tmp_path)

    assert said == f"The data folder {tmp_path}/file/data cannot be written: Not a directory."


def test_a_reason_with_an_account_number_goes_into_no_log(tmp_path: Path) -> None:
    said = refusal_of("payouts", "reject", "a.ach", "--reason", "acct 0001-2345-5678 is closed", folder=tmp_path)

    assert said.startswith("reason: must not hold an account or social security number")


@pytest.mark.parametrize("command", ["run", "serve", "worker", "migrate"])
def test_missing_secrets_are_named(tmp_path: Path, command: str) -> None:
    said = refusal_of(command, folder=tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")

    assert said == "Settings are missing or wrong: TOKEN_SECRET: is required; ENCRYPTION_KEYS: is required."


def test_keys_of_the_wrong_form_are_refused_without_being_shown(tmp_path: Path) -> None:
    wrong = {**SECRETS, "ENCRYPTION_KEYS": "k1:bm90IGEga2V5"}

    said = refusal_of("worker", folder=tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing", **wrong)

    assert said.startswith("Settings are missing or wrong: ENCRYPTION_KEYS: name:base64 pairs")
    assert "bm90" not in said


@pytest.mark.parametrize("command", [("run",), ("migrate",), ("staff", "list")])
def test_a_database_that_does_not_answer_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    port = free_port()
    options = ("--port", str(free_port())) if command == ("run",) else ()

    said = refusal_of(*command, *options, folder=tmp_path, DATABASE_URL=f"postgresql://x@127.0.0.1:{port}/x", **SECRETS)

    assert said.startswith("The database does not answer: ")
    assert f"port {port} failed: Connection refused" in said


@pytest.mark.parametrize("command", ["run", "migrate"])
def test_an_old_postgresql_is_refused(tmp_path: Path, old_server: str, command: str) -> None:
    options = ("--port", str(free_port())) if command == "run" else ()

    said = refusal_of(command, *options, folder=tmp_path, DATABASE_URL=old_server, **SECRETS)

    assert said == "PostgreSQL 18 or newer is needed; DATABASE_URL names a server of version 15."


def test_a_data_folder_where_nothing_was_started_is_left_alone(tmp_path: Path) -> None:
    said = refusal_of("staff", "list", "--data", "typo", folder=tmp_path)

    assert said.startswith("There is no database in ")
    assert said.endswith("typo: `backoffice run` makes one.")
    assert not (tmp_path / "typo").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("openapi", "lighthouse"), "there is no product named lighthouse"),
        (("staff", "rename", "asha"), "nothing to change: name a --username, an --email or a --full-name"),
        (("simulate", "whatsapp", "Hi"), "nothing runs from var; start `backoffice run` or name --url"),
    ],
)
def test_other_refusals_are_sentences_too(
    tmp_path: Path, database_settings: dict[str, str], arguments: tuple[str, ...], said: str
) -> None:
    assert refusal_of(*arguments, folder=tmp_path, **database_settings) == said


@pytest.fixture
def old_server() -> Iterator[str]:
    """The address of something that greets as PostgreSQL 15 does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=greet_all, args=(listening,), daemon=True).start()
        yield f"postgresql://old@127.0.0.1:{listening.getsockname()[1]}/old"
        listening.shutdown(socket.SHUT_RDWR)


def greet_all(listening: socket.socket) -> None:
    while True:
        try:
            peer, _ = listening.accept()
        except OSError:
            return
        with peer:
            greet(peer)


def greet(peer: socket.socket) -> None:
    """The start of the protocol: no encryption, no password, the version among the parameters, ready."""
    while True:
        size, code = struct.unpack("!II", peer.recv(8, socket.MSG_WAITALL))
        if code not in (SSL_REQUEST, GSS_REQUEST):
            break
        peer.sendall(b"N")
    peer.recv(size - 8, socket.MSG_WAITALL)
    parameters = {"server_version": "15.4", "client_encoding": "UTF8", "server_encoding": "UTF8"}
    answer = message(b"R", struct.pack("!I", 0))
    for name, value in parameters.items():
        answer += message(b"S", f"{name}\0{value}\0".encode())
    peer.sendall(answer + message(b"Z", b"I"))
    while peer.recv(1024):
        pass


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CORS_ORIGINS", "https://dashboard.example", """CORS_ORIGINS: must be JSON, as in ["https://app.example"]"""),
        ("CORS_ORIGINS", '["dashboard.example/"]', "CORS_ORIGINS: 'dashboard.example/' is no origin"),
        ("HOSTS", "desk.example", "HOSTS: must be JSON, as in {}"),
        ("WORKERS", "many", "WORKERS: must be a whole number"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL: must be 'debug', 'info', 'warning' or 'error'"),
        ("NOTIFY_URL", "slack://secret/word", "NOTIFY_URL is neither mailto:// nor mailtos://"),
        ("LLM_BASE_URL", "http://127.0.0.1:99999/v1", "LLM_BASE_URL: must be a web address"),
        ("DATABASE_URL", "", "DATABASE_URL: must not be empty"),
        ("DATABASE_URL", "mysql://me:secret@host/x", "DATABASE_URL: must be an address such as postgresql://"),
        ("DATABASE_DIRECT_URL", "nonsense", "DATABASE_DIRECT_URL: must be an address such as postgresql://"),
        ("REDIS_URL", "nonsense", "REDIS_URL: must be an address such as redis://host:6379/0"),
        ("REDIS_URL", "redis://host:port", "REDIS_URL: must be an address such as redis://host:6379/0"),
        ("FILES_URL", "nonsense", "FILES_URL: must be file:///folder, s3://bucket, gs://bucket or az://container"),
        ("FILES_URL", "s3://", "FILES_URL: must be file:///folder, s3://bucket, gs://bucket or az://container"),
        ("DATA_FOLDER", "", "DATA_FOLDER: must not be empty"),
        ("HOST", "", "HOST: must not be empty"),
        ("WORKERS", "1000", "WORKERS: must be at most 200"),
        ("METRICS_PORT", "0", "METRICS_PORT: must be at least 1"),
        ("METRICS_PORT", "70000", "METRICS_PORT: must be at most 65535"),
        ("METRICS_PORT", "8000", "METRICS_PORT: PORT is among the ports it takes, one for each process"),
        (
            "JOURNAL_DAYS",
            "7",
            "JOURNAL_DAYS, BACKUP_KEEP_DAYS: a restored backup needs the journal of all days since it",
        ),
        ("TRUSTED_PROXIES", '["proxy"]', "TRUSTED_PROXIES: 'proxy' is no IP address"),
        ("BODY_LIMIT_BYTES", "0", "BODY_LIMIT_BYTES: must be at least 1"),
        ("ACCESS_TOKEN_MINUTES", "-5", "ACCESS_TOKEN_MINUTES: must be at least 1"),
        ("LLM_TIMEOUT_SECONDS", "nan", "LLM_TIMEOUT_SECONDS: must be a number"),
        ("WHATSAPP_TIMEOUT_SECONDS", "0", "WHATSAPP_TIMEOUT_SECONDS: must be more than 0"),
        ("DEFAULT_COUNTRY", "India", "DEFAULT_COUNTRY: must be a country's two capital letters, such as IN"),
        ("TOKEN_SECRET", "short", "TOKEN_SECRET: must have at least 32 characters"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    for known, secret in {**SECRETS, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", name: value}.items():
        monkeypatch.setenv(known, secret)

    with pytest.raises(ConfigurationMissing) as refused:
        environment_settings()
    assert str(refused.value).startswith(f"Settings are missing or wrong: {said}")


def test_serve_shares_its_port_with_nobody(tmp_path: Path, database_settings: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as taken:
        port = taken.getsockname()[1]
        said = refusal_of("serve", folder=tmp_path, **database_settings | {"PORT": str(port)})

    assert said == f"Port {port} is in use. Choose another with PORT."


def test_serve_names_a_host_where_it_cannot_listen(tmp_path: Path, database_settings: dict[str, str]) -> None:
    port = str(free_port())

    said = refusal_of("serve", folder=tmp_path, **database_settings | {"HOST": "300.1.1.1", "PORT": port})

    assert said.startswith(f"Nobody can listen at 300.1.1.1, port {port}: ")


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_folder_for_files_that_cannot_be_made_is_named(
    tmp_path: Path, database_settings: dict[str, str], command: str
) -> None:
    (tmp_path / "file").touch()

    said = refusal_of(command, folder=tmp_path, **database_settings | {"DATA_FOLDER": "file", "PORT": str(free_port())})

    assert said == f"The data folder {tmp_path}/file/files cannot be written: Not a directory."


def test_a_child_is_told_defaults_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    for known, secret in {**SECRETS, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}.items():
        monkeypatch.setenv(known, secret)
    settings = environment_settings().model_copy(update={"port": 8000})

    assert environment_of(settings)["PORT"] == "8000"
    replicas = settings.model_copy(update={"database_replica_urls": [SecretStr("postgresql://db2/x")]})
    assert environment_of(replicas)["DATABASE_REPLICA_URLS"] == '["postgresql://db2/x"]'


@pytest.mark.parametrize("port", ["0", "-1", "65534", "65535", "70000"])
def test_a_port_that_leaves_no_room_is_refused_in_a_sentence(tmp_path: Path, port: str) -> None:
    said = refusal_of("run", f"--port={port}", "--data", "data", folder=tmp_path)

    assert said == f"Port {port} can't be used: choose one from 1 to 65533, the two after it are used as well."


@pytest.mark.parametrize("port", ["", "abc", "80x", "8.5"])
def test_a_port_that_is_no_number_is_refused_in_a_sentence(tmp_path: Path, port: str) -> None:
    said = refusal_of("run", f"--port={port}", "--data", "data", folder=tmp_path)

    assert said == f"Port {port!r} is no number: choose one from 1 to 65533."


def test_ctrl_c_while_a_command_loads_its_parts_ends_it_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "psycopg.py").write_text("raise KeyboardInterrupt")

    ended = run_command("staff", "list", folder=tmp_path)

    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_an_empty_data_folder_is_refused_in_a_sentence(tmp_path: Path) -> None:
    said = refusal_of("run", "--data", "", folder=tmp_path)

    assert said == "The data folder has no name. Name one with DATA=... or --data, or leave it out."
    assert list(tmp_path.iterdir()) == []
