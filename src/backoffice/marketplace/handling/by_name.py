"""Statements for bookings found by the name of their customer or vendor, which may all be years old.

The list is walked while the newest may be theirs. Where they are not, whoever has the name is looked up, and of each
the index of their bookings gives as many as the page may show, in the list's order: those are put together.
"""

from typing import LiteralString

from backoffice.marketplace.handling.by_number import CUSTOMERS, NUMBERED, VENDORS

OF_A_NUMBER: LiteralString = "({numbered} OR b.id = %(search)s OR b.external_id = %(search)s)".replace(
    "{numbered}", NUMBERED
)
FITS: LiteralString = """({of_a_number}
            OR EXISTS (SELECT FROM marketplace.customer c
                        WHERE c.id = b.customer_id AND c.name_words @@ kernel.search_query(%(search)s))
            OR b.vendor_id IN (SELECT v.id FROM marketplace.vendor v
                WHERE kernel.search_vector(v.name || ' ' || v.display_name) @@ kernel.search_query(%(search)s)))
""".replace("{of_a_number}", OF_A_NUMBER)
"""Whether a search fits the booking that is looked at."""

OF_EACH: LiteralString = """
    SELECT b.id, {value}
      FROM ({named}) AS named
     CROSS JOIN LATERAL (
           SELECT b.* FROM (SELECT) AS it JOIN marketplace.booking b ON {who} = named.id {where}
            ORDER BY {order} LIMIT %(limit)s::bigint + %(offset)s::bigint) AS b"""
THEIRS: LiteralString = """(
    SELECT b.id
      FROM ({of_customers} UNION {of_vendors} UNION
           SELECT b.id, {value} FROM (SELECT) AS it JOIN marketplace.booking b ON {of_a_number} {where}) AS b
     ORDER BY {order} {cut}) AS page"""
THEIRS = (
    THEIRS.replace("{of_customers}", OF_EACH.replace("{named}", CUSTOMERS).replace("{who}", "b.customer_id"))
    .replace("{of_vendors}", OF_EACH.replace("{named}", VENDORS).replace("{who}", "b.vendor_id"))
    .replace("{of_a_number}", OF_A_NUMBER)
)
"""A page's keys; `{value}` is what the list is sorted by: an index of somebody's bookings may hold nothing else."""
