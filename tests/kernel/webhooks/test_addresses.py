"""Where webhooks may go: never inside our own network, whatever a name says, and to the address that was checked."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from backoffice.kernel.webhooks.rules import AddressRefused, Outcome
from backoffice.kernel.webhooks.sending import MOST_BYTES_READ, Message, Sender
from backoffice.kernel.write import TransactionOpen
from tests.kernel.webhooks.hooks import Hooks
from tests.kernel.webhooks.receiver import Receiver, receiving

NAME = "hooks.example"
MESSAGE = Message("event_1", '{"event":"ping"}', ("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz",))
PUBLIC = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"]
FORBIDDEN = [
    "127.0.0.1",
    "127.9.9.9",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
    "192.0.2.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:10.0.0.1",
    "::ffff:93.184.215.14",
    "::10.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "2002:a00:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]


class Names:
    """A name server: each question gets the next answer, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(self, host: str) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def sent(url: str, *answers: list[str], **settings: object) -> Outcome:
    return await Sender(resolve=Names(*answers).resolve, **settings).send(url, MESSAGE)  # type: ignore[arg-type]


@pytest.mark.parametrize("address", FORBIDDEN)
async def test_what_the_internet_does_not_reach_is_refused_also_beside_what_it_does(address: str) -> None:
    for answer in ([address], [PUBLIC[0], address], [address, PUBLIC[0]]):
        with pytest.raises(AddressRefused, match="is not a public address"):
            await Sender(resolve=Names(answer).resolve).check(f"https://{NAME}/")
        outcome = await sent(f"https://{NAME}/", answer)
        assert outcome.answer is None
        assert "is not a public address" in (outcome.error or "")


async def test_public_addresses_pass() -> None:
    await Sender(resolve=Names(PUBLIC).resolve).check(f"https://{NAME}:8443/path?query")


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://[::1]/", "https://0x7f.1/", "https://2130706433/", "https://localhost/"]
)
async def test_an_address_written_out_is_checked_like_any_other(url: str) -> None:
    with pytest.raises(AddressRefused, match="is not a public address"):
        await Sender().check(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example/", "not https"),
        ("ftp://hooks.example/", "must begin with https"),
        ("hooks.example", "must begin with https"),
        ("https://", "must begin with https"),
        ("https:///path", "must begin with https"),
        ("https://user:secret@hooks.example/", "must not have a user"),
        ("https://hooks.example/#part", "fragment"),
        ("https://hooks.example/" + "x" * 3000, "longer than 2048"),
        ("https://hooks.example/\n", "is not called"),
        ("https://\u00ad.example/", "is not called"),
        ("https://xn--999999999.example/", "is not called"),
    ],
)
async def test_a_url_that_is_not_plain_https_is_refused(url: str, why: str) -> None:
    with pytest.raises(AddressRefused, match=why):
        await Sender(resolve=Names(PUBLIC).resolve).check(url)


async def test_a_name_without_an_address_is_refused() -> None:
    with pytest.raises(AddressRefused, match="has no address"):
        await Sender(resolve=Names([]).resolve).check(f"https://{NAME}/")
    with pytest.raises(AddressRefused, match="has no address"):
        await Sender().check("https://no-such-name.invalid/")


async def test_loopback_is_called_only_where_it_is_allowed(receiver: Receiver) -> None:
    assert (await Sender().send(receiver.url, MESSAGE)).answer is None
    assert receiver.got == []
    assert (await Sender(allow_loopback=True).send(receiver.url, MESSAGE)).answer == 204


@pytest.mark.parametrize("answer", [["10.0.0.1"], ["127.0.0.1", "10.0.0.1"], ["::ffff:127.0.0.1"]])
async def test_where_loopback_is_allowed_nothing_else_is(answer: list[str]) -> None:
    outcome = await sent(f"https://{NAME}/", answer, allow_loopback=True)

    assert "is not a public address" in (outcome.error or "")


async def test_plain_http_is_for_loopback_alone() -> None:
    assert "not https" in ((await sent(f"http://{NAME}/", PUBLIC, allow_loopback=True)).error or "")


async def test_no_endpoint_is_called_inside_a_transaction(hooks: Hooks, receiver: Receiver) -> None:
    async with hooks.write():
        with pytest.raises(TransactionOpen):
            await Sender(allow_loopback=True).send(receiver.url, MESSAGE)
        with pytest.raises(TransactionOpen):
            await Sender(allow_loopback=True).check(receiver.url)


async def test_a_proxy_of_the_environment_is_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await Sender(allow_loopback=True).send(receiver.url, MESSAGE)

        assert (len(receiver.got), len(proxy.got)) == (1, 0)


async def test_an_endpoint_that_keeps_silent_is_waited_for_only_so_long(receiver: Receiver) -> None:
    receiver.answers = [None]
    outcome = await Sender(allow_loopback=True, timeout_seconds=0.1).send(receiver.url, MESSAGE)

    assert (outcome.answer, outcome.error) == (None, "no answer within 0.1 seconds")
    assert outcome.milliseconds >= 100


async def test_a_name_server_that_keeps_silent_is_waited_for_only_so_long() -> None:
    async def silent(_: str) -> list[str]:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    outcome = await Sender(resolve=silent, timeout_seconds=0.1).send(f"https://{NAME}/", MESSAGE)
    assert outcome.error == "no answer within 0.1 seconds"


async def test_of_an_answer_without_an_end_a_little_is_read(receiver: Receiver) -> None:
    receiver.stays = True
    receiver.answers = [b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * MOST_BYTES_READ]
    outcome = await Sender(allow_loopback=True).send(receiver.url, MESSAGE)

    assert outcome.answer == 200
    assert outcome.milliseconds < 5_000, "the end is waited for until the time is up"


async def test_who_answered_has_answered_also_when_the_rest_never_comes(receiver: Receiver) -> None:
    receiver.stays = True
    receiver.answers = [b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n"]
    outcome = await Sender(allow_loopback=True, timeout_seconds=0.2).send(receiver.url, MESSAGE)

    assert (outcome.answer, outcome.error) == (200, None)


async def test_what_is_no_http_is_a_failure(receiver: Receiver) -> None:
    receiver.answers = [b"SSH-2.0-OpenSSH_9.9\r\n"]
    outcome = await Sender(allow_loopback=True).send(receiver.url, MESSAGE)

    assert outcome.answer is None
    assert (outcome.error or "").startswith("RemoteProtocolError")


@dataclass(frozen=True)
class Certified:
    """A server's own context, and what a client must trust to believe it."""

    server: ssl.SSLContext
    authorities: ssl.SSLContext


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certified]:
    """A certificate for hooks.example."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    plain = serialization.NoEncryption()
    kept: Path = tmp_path_factory.mktemp("tls") / "server.pem"
    kept.write_bytes(pem + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(kept)
    yield Certified(server, ssl.create_default_context(cadata=pem.decode()))


@pytest.fixture
async def secure(certified: Certified) -> AsyncIterator[Receiver]:
    async with receiving(certified.server) as running:
        yield running


async def test_the_connection_goes_to_the_checked_address_under_the_name_of_the_url(
    secure: Receiver, certified: Certified
) -> None:
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    sender = Sender(allow_loopback=True, resolve=names.resolve, authorities=certified.authorities)
    outcome = await sender.send(f"https://{NAME}:{secure.port}/path?query=1", MESSAGE)

    assert (outcome.answer, outcome.error) == (204, None)
    assert names.asked == [NAME], "a second look-up would have answered 10.0.0.1"
    [got] = secure.got
    assert (got.server_name, got.headers["host"], got.path) == (NAME, f"{NAME}:{secure.port}", "/path?query=1")


async def test_the_next_address_is_tried_where_the_first_does_not_answer(
    secure: Receiver, certified: Certified
) -> None:
    names = Names(["127.0.0.2", "127.0.0.1"])
    sender = Sender(allow_loopback=True, resolve=names.resolve, authorities=certified.authorities)

    assert (await sender.send(f"https://{NAME}:{secure.port}/", MESSAGE)).answer == 204


async def test_a_certificate_for_another_name_is_refused(secure: Receiver, certified: Certified) -> None:
    names = Names(["127.0.0.1"])
    sender = Sender(allow_loopback=True, resolve=names.resolve, authorities=certified.authorities)
    outcome = await sender.send(f"https://other.example:{secure.port}/", MESSAGE)

    assert outcome.answer is None
    assert "certificate" in (outcome.error or "")
    assert secure.got == []


async def test_a_certificate_that_nobody_vouches_for_is_refused(secure: Receiver) -> None:
    outcome = await sent(f"https://{NAME}:{secure.port}/", ["127.0.0.1"], allow_loopback=True)

    assert outcome.answer is None
    assert secure.got == []
