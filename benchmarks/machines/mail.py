"""A mail server with STARTTLS, as a process of its own: `python -m benchmarks.machines.mail PORT FOLDER`.

Each message it takes is a file in the folder before its sender hears of it.
"""

import asyncio
import ipaddress
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from benchmarks.kills.desk import HOST


class Keeper:
    """Takes everything, for everybody."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, *said: Any) -> str:
        """`said` are the server, the session and the envelope."""
        envelope: Envelope = said[2]
        draft = self.folder / f".{uuid4().hex}"
        draft.write_bytes(envelope.original_content or b"")
        draft.rename(self.folder / f"{uuid4().hex}.eml")
        return "250 OK"


def certificate(folder: Path) -> ssl.SSLContext:
    """One that this machine signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    )
    both = folder / "mail.pem"
    plain = serialization.NoEncryption()
    written = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    both.write_bytes(written + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context


async def take_mail(port: int, folder: Path) -> None:
    keeper, encrypted = Keeper(folder), certificate(folder)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(keeper, hostname=HOST, tls_context=encrypted, require_starttls=True), HOST, port
    )
    await server.serve_forever()


if __name__ == "__main__":
    Path(sys.argv[2]).mkdir(exist_ok=True)
    asyncio.run(take_mail(int(sys.argv[1]), Path(sys.argv[2])))
