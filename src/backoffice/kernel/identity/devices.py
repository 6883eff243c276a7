"""From where a person has signed in before. While strangers guess, such a device keeps its way in.

A device is a network and a browser: an IPv4 address or the /64 of an IPv6 one, with the user agent. It becomes known by
a right password alone and is kept as a keyed hash; a one-time password forgets all of them.
"""

import hashlib
import hmac
from ipaddress import IPv6Address, ip_address, ip_network
from typing import LiteralString

from backoffice.kernel.actor import Context
from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.house import House
from backoffice.kernel.identity.store import CALLED
from backoffice.kernel.phones import find_number
from backoffice.kernel.write.transaction import Tx

HOUSEHOLD_BITS = 64
"""One customer of an IPv6 provider holds at least so large a network: it counts as one address."""
KEPT_DAYS = 90
KNOWN: LiteralString = """
        SELECT EXISTS (SELECT FROM kernel.known_device d
                         JOIN kernel.staff s ON s.id = d.staff_id
                         JOIN kernel.membership m ON m.staff_id = s.id AND m.product = %(product)s
                        WHERE d.device = %(device)s
"""


def network_of(address: str) -> str:
    """What counts as one address."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or ip_network((known, HOUSEHOLD_BITS), strict=False))
    return address


def device_of(house: House, context: Context) -> bytes:
    """The device of a request: nobody can tell from it which network and browser it was."""
    secret = house.settings.token_secret.get_secret_value().encode()
    said = f"device\n{network_of(context.address)}\n{context.agent}"
    return hmac.digest(secret, said.encode("utf-8", "surrogatepass"), hashlib.sha256)


def is_known(db: Db, product: str, login: str, *, device: bytes) -> Query[bool]:
    """Whether whoever has this name in the product has signed in from there. Unknown names take as long."""
    return db.value(
        bool,
        KNOWN + "AND" + CALLED + ")",
        product=product,
        login=login,
        phone=find_number(login, country=None),
        device=device,
    )


def keep(tx: Tx, staff_id: int, device: bytes) -> Query[int]:
    """The person has signed in from there just now."""
    return tx.run(
        """
        INSERT INTO kernel.known_device (staff_id, device) VALUES (%(staff_id)s, %(device)s)
        ON CONFLICT (staff_id, device) DO UPDATE SET seen_at = now()
        """,
        staff_id=staff_id,
        device=device,
    )


def forget(tx: Tx, staff_id: int, *, but: bytes | None) -> Query[int]:
    """Whoever knew the old password may have signed in, so what it made known counts no more."""
    return tx.run(
        "DELETE FROM kernel.known_device WHERE staff_id = %(staff_id)s AND device IS DISTINCT FROM %(but)s::bytea",
        staff_id=staff_id,
        but=but,
    )
