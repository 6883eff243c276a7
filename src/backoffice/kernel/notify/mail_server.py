"""What NOTIFY_URL says: the mail server, how the way to it is encrypted, who signs in. Pure: it reaches nothing.

mailtos://user:password@smtp.example.com              STARTTLS, port 587
mailtos://user:password@smtp.example.com?mode=ssl     TLS from the start, port 465
mailto://10.0.0.5:25                                  no encryption
"""

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit


class Mode(StrEnum):
    """How the connection is encrypted. STARTTLS is insisted on, or whoever stands between could take it away."""

    INSECURE = "insecure"
    STARTTLS = "starttls"
    SSL = "ssl"


PORTS = {Mode.INSECURE: 25, Mode.STARTTLS: 587, Mode.SSL: 465}
MODES = {"mailto": Mode.INSECURE, "mailtos": Mode.STARTTLS}

# The domain of an address, the server that takes its mail, how. One signs in there with the whole address.
PROVIDERS = {
    "fastmail.com": ("smtp.fastmail.com", Mode.SSL),
    "gmail.com": ("smtp.gmail.com", Mode.STARTTLS),
    "gmx.com": ("mail.gmx.com", Mode.STARTTLS),
    "gmx.net": ("mail.gmx.net", Mode.STARTTLS),
    "hotmail.com": ("smtp-mail.outlook.com", Mode.STARTTLS),
    "live.com": ("smtp-mail.outlook.com", Mode.STARTTLS),
    "outlook.com": ("smtp-mail.outlook.com", Mode.STARTTLS),
    "yahoo.com": ("smtp.mail.yahoo.com", Mode.SSL),
    "zoho.com": ("smtp.zoho.com", Mode.STARTTLS),
}


class WrongAddress(ValueError):
    """NOTIFY_URL can't be read. The message repeats nothing of it: a password may stand in it."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """`sender` is who writes where NOTIFY_FROM is not set, if the address tells."""

    host: str
    port: int
    mode: Mode
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    sender: str | None = None
    checks_certificate: bool = True


def mail_server_of(url: str) -> MailServer:
    """WrongAddress. Whoever the address names as recipient is not written to, and so not looked at."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise WrongAddress("NOTIFY_URL names no server, or no port") from None
    if parts.scheme not in MODES:
        raise WrongAddress("NOTIFY_URL is neither mailto:// nor mailtos://")
    said = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if not host:
        raise WrongAddress("NOTIFY_URL names no server")
    user = _user_of(parts, said)
    known = PROVIDERS.get(host) if user and "smtp" not in said else None
    server, mode = known or (said.get("smtp", host), MODES[parts.scheme])
    if known and user and "@" not in user:
        user = f"{user}@{host}"
    mode = _mode_of(said, mode)
    return MailServer(
        host=server,
        port=port or PORTS[mode],
        mode=mode,
        user=user,
        password=said.get("pass") or (unquote(parts.password) if parts.password else None),
        sender=said.get("from") or _sender_of(user, host),
        checks_certificate=said.get("verify", "yes").lower() not in ("no", "false", "0"),
    )


def _user_of(parts: SplitResult, said: dict[str, str]) -> str | None:
    return said.get("user") or (unquote(parts.username) if parts.username else None)


def _mode_of(said: dict[str, str], otherwise: Mode) -> Mode:
    try:
        return Mode(said.get("mode", otherwise).lower())
    except ValueError:
        raise WrongAddress("NOTIFY_URL names a mode that is none of insecure, starttls and ssl") from None


def _sender_of(user: str | None, host: str) -> str | None:
    return user if user is None or "@" in user else f"{user}@{host}"
