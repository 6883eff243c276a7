"""PostgreSQL behind TLS: a front that negotiates as PostgreSQL does, with a certificate of an authority made by a test.

The embedded server is built without TLS; what it says goes on unchanged, over its socket.
"""

import asyncio
import datetime
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ASKS_FOR_TLS = (8).to_bytes(4) + (80877103).to_bytes(4)
"""The first message of a client that wants to be encrypted."""
PEM = serialization.Encoding.PEM


class Authority:
    """Signs certificates; whoever trusts its own trusts them."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.own = folder / f"{name}.pem"
        self.own.write_bytes(self._signed(self._name, self._key).public_bytes(PEM))

    def certify(self, host: str) -> Path:
        """A certificate for this host, with its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._signed(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), key, host=host)
        private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file = self._folder / f"{host}-with-key.pem"
        file.write_bytes(made.public_bytes(PEM) + private)
        return file

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, host: str | None = None
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        day = datetime.timedelta(days=1)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        )
        if host is not None:
            made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return made.sign(self._key, hashes.SHA256())


@dataclass
class Front:
    """How many came, and how many of them asked for TLS."""

    port: int = 0
    came: int = 0
    encrypted: int = 0

    async def serve(self, socket: Path, context: ssl.SSLContext, *, ready: threading.Event) -> None:
        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.came += 1
            with suppress(OSError, asyncio.IncompleteReadError):
                if await reader.readexactly(len(ASKS_FOR_TLS)) == ASKS_FOR_TLS:
                    writer.write(b"S")
                    await writer.drain()
                    await writer.start_tls(context)
                    self.encrypted += 1
                    server = await asyncio.open_unix_connection(socket)
                    await asyncio.wait(
                        [
                            asyncio.ensure_future(_pass_on(reader, server[1])),
                            asyncio.ensure_future(_pass_on(server[0], writer)),
                        ],
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                    server[1].close()
            writer.close()

        listening = await asyncio.start_server(take, "127.0.0.1", 0)
        self.port = listening.sockets[0].getsockname()[1]
        ready.set()
        await listening.serve_forever()


async def _pass_on(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await source.read(65_536):
            to.write(piece)
            await to.drain()


@contextmanager
def behind_tls(socket: Path, certificate: Path) -> Iterator[Front]:
    """The server that listens at this socket, at a port of 127.0.0.1 where only TLS is spoken."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    front, ready, loop = Front(), threading.Event(), asyncio.new_event_loop()
    serving = loop.create_task(front.serve(socket, context, ready=ready))

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(serving)
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10)
    yield front
    loop.call_soon_threadsafe(serving.cancel)
    thread.join()
