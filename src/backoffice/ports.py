"""Whether a process can listen where it is told to, asked before anything is made."""

import errno
import socket

LAST_PORT = 65_533
"""The metrics and the WhatsApp stand-in of `backoffice run` answer at the two ports after the API's."""


class PortRefused(Exception):
    """Nobody can listen there; the message is one sentence."""


def port_number(named: str | int) -> int:
    """What somebody typed."""
    try:
        return int(named)
    except ValueError:
        raise PortRefused(f"Port {str(named)!r} is no number: choose one from 1 to {LAST_PORT}.") from None


def refuse_unfit_port(port: int) -> None:
    if not 1 <= port <= LAST_PORT:
        raise PortRefused(
            f"Port {port} can't be used: choose one from 1 to {LAST_PORT}, the two after it are used as well."
        )


def refuse_used_port(host: str, port: int, *, choose: str = "PORT=... or --port") -> None:
    """Also where the server would share the port with whoever has it: half of the requests would go there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            raise PortRefused(f"Port {port} is in use. Choose another with {choose}.") from exc
        raise PortRefused(f"Nobody can listen at {host}, port {port}: {exc.strerror}.") from exc


def free_port(host: str, wanted: int) -> int:
    """The wanted port, or any other when somebody has it."""
    try:
        refuse_used_port(host, wanted)
    except PortRefused:
        with socket.socket() as probe:
            probe.bind((host, 0))
            return int(probe.getsockname()[1])
    return wanted
