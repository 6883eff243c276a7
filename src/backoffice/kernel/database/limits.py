"""How long a connection may be silent before it counts as lost."""

from psycopg.conninfo import conninfo_to_dict, make_conninfo

DEFAULTS = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
}
"""Seconds, but the second: milliseconds until bytes that nobody confirms mean that nobody is there. libpq's own are
hours. They say nothing over a Unix socket, whose other end can't vanish unnoticed."""


def place_of(url: str) -> str:
    """Where a database is, in a few words that give no name or password of anybody away."""
    known = conninfo_to_dict(url)
    return f"{known.get('dbname', '')} at {known.get('host', 'this machine')}:{known.get('port', 5432)}"


def bounded(url: str) -> str:
    """The address of a database with these limits, but for those it names itself."""
    return make_conninfo("", **(DEFAULTS | conninfo_to_dict(url)))
