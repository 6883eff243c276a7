"""Statements for bookings whose numbers begin alike, which may be a million: no page of them reads them all, none that
comes before or between them is looked at.

An index holds the numbers of each day (of making, of taking place) and of each rounded amount. So a page walks days or
amounts in the order of the list, counts in each those whose number begins so, and fetches only where it lies. What a
search finds otherwise, by a name or an id, is little here: it is put among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString

NUMBERED: LiteralString = "b.reference >= upper(%(search)s) AND b.reference < upper(%(search)s) || chr(1114111)"
"""As two bounds: of a beginning alone PostgreSQL sees no range where it plans for all values. chr's sign is last."""
CUSTOMERS: LiteralString = """
    SELECT id FROM marketplace.customer WHERE name_words @@ kernel.known_query(%(search)s, 'marketplace')"""
VENDORS: LiteralString = """
    SELECT id FROM marketplace.vendor
     WHERE kernel.search_vector(name || ' ' || display_name) @@ kernel.search_query(%(search)s)"""
OF_SOMEBODY: LiteralString = """
    SELECT b.id FROM ({named}) AS named JOIN marketplace.booking b ON {who} = named.id WHERE true"""
OTHER_WAYS: tuple[LiteralString, ...] = (
    "SELECT b.id FROM marketplace.booking b WHERE (b.id = %(search)s OR b.external_id = %(search)s)",
    OF_SOMEBODY.replace("{named}", CUSTOMERS).replace("{who}", "b.customer_id"),
    OF_SOMEBODY.replace("{named}", VENDORS).replace("{who}", "b.vendor_id"),
)
EACH_WAY: LiteralString = " UNION ALL ".join(OTHER_WAYS)
FOUND: LiteralString = """
    SELECT id FROM marketplace.booking b WHERE {numbered}
     UNION ALL
    {others}
""".replace("{numbered}", NUMBERED).replace("{others}", EACH_WAY)
"""The ids of all that a search finds."""
OTHERS: LiteralString = " UNION ".join(way + " AND NOT (" + NUMBERED + ")" for way in OTHER_WAYS)
"""The ids of those whose number begins otherwise; each way through its own index."""
COUNT_ALL: LiteralString = """
    SELECT (SELECT count(*) FROM marketplace.booking b WHERE {numbered})
         + (SELECT count(*) FROM ({others}) AS other) {where}
""".replace("{numbered}", NUMBERED).replace("{others}", OTHERS)


@dataclass(frozen=True, slots=True)
class Steps:
    """An order of the list as steps in which an index holds the numbers; `begins` is before the first of them."""

    value: LiteralString
    step: LiteralString
    begins: LiteralString
    ends: LiteralString
    falls: bool

    def written(self, sql: LiteralString) -> LiteralString:
        direction: LiteralString = "DESC" if self.falls else "ASC"
        beyond, before = ("<", ">=") if self.falls else (">", "<=")
        within = "{step} " + beyond + " passed.step AND {step} " + before + " " + self.ends
        for name, part in (
            ("{next}", NEXT.replace("{within}", within)),
            ("{begins}", self.begins),
            ("{step}", self.step),
            ("{value}", self.value),
            ("{direction}", direction),
            ("{numbered}", NUMBERED),
            ("{others}", OTHERS),
        ):
            sql = sql.replace(name, part)
        return sql


NEXT: LiteralString = """(
    SELECT {step} AS step FROM marketplace.booking b WHERE {within} ORDER BY {step} {direction} LIMIT 1)"""
WALKED: LiteralString = """(
    WITH RECURSIVE others AS MATERIALIZED (
        SELECT b.id, {value} AS value, {step} AS step
          FROM ({others}) AS other JOIN marketplace.booking b USING (id) {where}
    ), passed AS (
        SELECT {begins} AS step, 0::bigint AS before, 0::bigint AS here, 0::bigint AS looked_at
         UNION ALL
        SELECT following.step, passed.before + passed.here,
               met.here + (SELECT count(*) FROM others WHERE others.step = following.step),
               passed.looked_at + met.looked_at
          FROM passed
         CROSS JOIN LATERAL {next} AS following
         CROSS JOIN LATERAL (
               SELECT count(*) FILTER ({where}) AS here, count(*) AS looked_at
                 FROM marketplace.booking b WHERE {step} = following.step AND {numbered}) AS met
         WHERE passed.before + passed.here < %(offset)s::bigint + %(limit)s::bigint
           AND passed.looked_at < {patience}
    ), reached AS (
        SELECT step, before FROM passed WHERE here > 0 AND before + here > %(offset)s::bigint
    )
    SELECT found.id
      FROM (SELECT b.id, b.value
              FROM reached
             CROSS JOIN LATERAL (
                   SELECT b.id, {value} AS value
                     FROM (SELECT * FROM marketplace.booking b
                            WHERE {step} = reached.step AND {numbered} OFFSET 0) AS b {where}) AS b
             UNION ALL
            SELECT others.id, others.value FROM others JOIN reached USING (step)) AS found
     WHERE (SELECT max(before + here) >= %(offset)s::bigint + %(limit)s::bigint
                OR max(looked_at) < {patience} FROM passed)
     ORDER BY found.value {direction}, found.id {direction}
     LIMIT %(limit)s
    OFFSET %(offset)s::bigint - (SELECT min(before) FROM reached)
) AS page"""
"""A page's keys. `passed` counts step by step what fits, until the page is behind it; `reached` are the steps in which
the page lies, of which alone rows are fetched. `before` is how many come before a step, `here` how many it has.
"""
ALONE: LiteralString = WALKED.replace("{patience}", "'infinity'::float8")
"""Where no filter but the bounds of the walk narrows them: its indexes hold all that is counted."""
FILTERED: LiteralString = WALKED.replace("{patience}", "10000")
"""Under filters, which are looked up row by row: an empty page where it is not full after some thousand of them."""
GATHERED: LiteralString = """(
    SELECT found.id
      FROM (SELECT b.id, {value} AS value FROM (SELECT) AS it JOIN marketplace.booking b ON {numbered} {where}
             UNION ALL
            SELECT b.id, {value} FROM ({others}) AS other JOIN marketplace.booking b USING (id) {where}) AS found
     ORDER BY found.value {direction}, found.id {direction} {cut}) AS page"""
"""A page's keys where filters leave few of them: by whichever indexes together leave the fewest, then sorted."""
COUNTED: LiteralString = """
    SELECT (SELECT count(*) FROM (SELECT) AS it JOIN marketplace.booking b ON {numbered} {where})
         + (SELECT count(*) FROM ({others}) AS other JOIN marketplace.booking b USING (id) {where})
""".replace("{numbered}", NUMBERED).replace("{others}", OTHERS)

MADE: LiteralString = "marketplace.utc_day(b.created_at)"
DAY: LiteralString = "marketplace.utc_day(b.scheduled_at)"
LARGEST: LiteralString = "9223372036854775807"
AMOUNT: LiteralString = "marketplace.rounded_amount(b.amount_minor)"
AFTER_ALL: LiteralString = "coalesce(marketplace.utc_day(%({last})s::timestamptz) + 1, 'infinity'::date)"
BEFORE_ALL: LiteralString = "coalesce(marketplace.utc_day(%({first})s::timestamptz) - 1, '-infinity'::date)"


def _of_days(
    value: LiteralString, day: LiteralString, *, first: LiteralString, last: LiteralString
) -> tuple[Steps, Steps]:
    """Falling and rising, no further than a period goes."""
    after, before = AFTER_ALL.replace("{last}", last), BEFORE_ALL.replace("{first}", first)
    return Steps(value, day, after, before, falls=True), Steps(value, day, before, after, falls=False)


_made = _of_days("b.created_at", MADE, first="created_from", last="created_to")
_day = _of_days("b.scheduled_at", DAY, first="from_date", last="to_date")
WITHIN: Mapping[str, LiteralString] = {
    "created_from": "b.created_at >= %(created_from)s AND "
    + MADE
    + " >= marketplace.utc_day(%(created_from)s::timestamptz)",
    "created_to": "b.created_at < %(created_to)s AND " + MADE + " <= marketplace.utc_day(%(created_to)s::timestamptz)",
    "from_date": "b.scheduled_at >= %(from_date)s AND " + DAY + " >= marketplace.utc_day(%(from_date)s::timestamptz)",
    "to_date": "b.scheduled_at < %(to_date)s AND " + DAY + " <= marketplace.utc_day(%(to_date)s::timestamptz)",
}
STEPS: Mapping[str, Steps] = {
    "created_at_desc": _made[0],
    "created_at_asc": _made[1],
    "scheduled_at_desc": _day[0],
    "scheduled_at_asc": _day[1],
    "amount_desc": Steps("b.amount_minor", AMOUNT, LARGEST, "0", falls=True),
    "amount_asc": Steps("b.amount_minor", AMOUNT, "(-1)::bigint", LARGEST, falls=False),
}
"""For each order of the list."""
