"""What the address of a mail server means: every way that the operations page shows, and what is refused."""

import asyncio
import datetime
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backoffice.kernel.notify.mail_server import MailServer, Mode, WrongAddress, mail_server_of
from tests.kernel.notify.conftest import MailServer as Listening
from tests.kernel.notify.conftest import Post


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (
            "mailtos://user:p%40ss@smtp.example.com",
            MailServer("smtp.example.com", 587, Mode.STARTTLS, "user", "p@ss", "user@smtp.example.com"),
        ),
        (
            "mailtos://user:password@smtp.example.com?mode=ssl",
            MailServer("smtp.example.com", 465, Mode.SSL, "user", "password", "user@smtp.example.com"),
        ),
        (
            "mailtos://desk%40example.com:password@smtp.example.com:2525?from=hello@example.com&verify=no",
            MailServer(
                "smtp.example.com", 2525, Mode.STARTTLS, "desk@example.com", "password", "hello@example.com", False
            ),
        ),
        (
            "mailtos://someone:app-password@gmail.com",
            MailServer("smtp.gmail.com", 587, Mode.STARTTLS, "someone@gmail.com", "app-password", "someone@gmail.com"),
        ),
        (
            "mailtos://someone%40yahoo.com:pw@yahoo.com",
            MailServer("smtp.mail.yahoo.com", 465, Mode.SSL, "someone@yahoo.com", "pw", "someone@yahoo.com"),
        ),
        (
            "mailtos://someone:pw@example.com?smtp=mail.example.com",
            MailServer("mail.example.com", 587, Mode.STARTTLS, "someone", "pw", "someone@example.com"),
        ),
        ("mailto://10.0.0.5:25", MailServer("10.0.0.5", 25, Mode.INSECURE)),
        ("mailto://mail.example.com", MailServer("mail.example.com", 25, Mode.INSECURE)),
        ("mailto://mail.example.com?mode=starttls", MailServer("mail.example.com", 587, Mode.STARTTLS)),
    ],
)
def test_an_address_says_server_encryption_and_sign_in(url: str, server: MailServer) -> None:
    assert mail_server_of(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "",
        "rubbish",
        "slack://a/b/c",
        "smtp://secret:word@host",
        "mailtos://secret:word@",
        "mailtos://secret:word@host:mail",
        "mailtos://secret:word@host:70000",
        "mailtos://secret:word@host?mode=none",
        "mailtos://[secret:word",
    ],
)
def test_what_is_no_address_of_a_mail_server_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(WrongAddress, match="NOTIFY_URL") as refused:
        mail_server_of(url)

    assert "secret" not in str(refused.value)
    assert "word" not in str(refused.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that nobody but us signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


@pytest.fixture
def tls(certificate: Path) -> Iterator[ssl.SSLContext]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    yield context


def lets_in(server: SMTP, session: object, envelope: object, mechanism: str, auth_data: object) -> AuthResult:
    return AuthResult(success=auth_data == LoginPassword(b"desk@example.com", b"s3cret"), handled=False)


async def listening_with(handler: Listening, context: ssl.SSLContext, *, mode: Mode) -> asyncio.Server:
    starttls = mode is Mode.STARTTLS

    def protocol() -> SMTP:
        return SMTP(
            handler,
            hostname="mail.test",
            tls_context=context if starttls else None,
            require_starttls=starttls,
            auth_require_tls=starttls,
            auth_required=True,
            authenticator=lets_in,
        )

    loop = asyncio.get_running_loop()
    return await loop.create_server(protocol, "127.0.0.1", 0, ssl=None if starttls else context)


@pytest.mark.parametrize("mode", [Mode.STARTTLS, Mode.SSL])
@pytest.mark.parametrize(
    ("asked", "ends"),
    [
        ("desk%40example.com:s3cret verify=no", "sent"),
        ("desk%40example.com:wrong verify=no", "queued"),
        ("desk%40example.com:s3cret verify=yes", "queued"),
    ],
    ids=["signed in", "wrong password", "unknown certificate"],
)
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_encrypted_and_signed_in_or_not_at_all(
    post: Post, tls: ssl.SSLContext, mode: Mode, *, asked: str, ends: str
) -> None:
    sign_in, certificate = asked.split()
    server = Listening()
    server.goes_on.set()
    async with await listening_with(server, tls, mode=mode) as listening:
        port = listening.sockets[0].getsockname()[1]
        way = post.by(f"mailtos://{sign_in}@localhost:{port}?mode={mode}&{certificate}")
        assert await way.send(await way.greet()) == ends

    assert len(server.envelopes) == (ends == "sent")


async def test_a_server_that_offers_no_starttls_gets_nothing(post: Post, mail_server: Listening) -> None:
    way = post.by(f"mailtos://127.0.0.1:{mail_server.port}?from=desk@example.com")

    assert await way.send(await way.greet()) == "queued"
    assert mail_server.envelopes == []
