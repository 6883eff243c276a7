"""Finding each kind of thing by what people know of it. Each way gives no more rows than are shown.

0 is an exact hit, 1 one that begins so or has this part of a phone number, 2 one with these words, 3 one with a typo
(backoffice.kernel.search.Sure). Numbers of bank accounts are looked for elsewhere, where a look is recorded.
"""

from backoffice.kernel.database import Db, Query
from backoffice.kernel.search import Asked, Hit


def find_members(db: Db, asked: Asked) -> Query[list[Hit]]:
    """By id, the platform's id, e-mail address, name, and phone number, which stands as the platform wrote it."""
    return db.all(
        Hit,
        """
        SELECT 'user' AS kind, m.id, m.first_name || ' ' || m.last_name AS title, m.email AS detail, w.sure
          FROM (SELECT id, min(sure)::bigint AS sure FROM (
                (SELECT id, 0 AS sure FROM shield.member
                  WHERE id = lower(%(term)s) OR external_id = %(term)s OR lower(email) = lower(%(term)s))
                UNION ALL
                (SELECT id, 1 FROM shield.member WHERE lower(email) ^@ lower(%(term)s) LIMIT %(shown)s)
                UNION ALL
                (SELECT id, CASE WHEN kernel.plain_phone(phone) IN (%(phone)s::text, %(part)s::text) THEN 0 ELSE 1 END
                   FROM shield.member
                  WHERE phone IS NOT NULL AND kernel.phone_windows(phone) @> %(windows)s::text[]
                    AND strpos(kernel.plain_phone(phone), %(part)s::text) > 0 LIMIT %(shown)s)
                UNION ALL
                (SELECT id, 2 FROM shield.member
                  WHERE name_words @@ kernel.search_query(%(term)s) LIMIT %(shown)s)
                UNION ALL
                (SELECT id, 3 FROM shield.member
                  WHERE name_words @@ kernel.forgiving_query(%(term)s, 'shield') LIMIT %(shown)s)
               ) ways GROUP BY id ORDER BY 2, 1 LIMIT %(shown)s) w
          JOIN shield.member m USING (id)
         ORDER BY w.sure, m.id
        """,
        **asked.params,
        phone=asked.phone,
        part=asked.digits.part,
        windows=asked.digits.windows,
    )


def find_claims(db: Db, asked: Asked) -> Query[list[Hit]]:
    """By our id or the platform's."""
    return db.all(
        Hit,
        """
        SELECT 'claim' AS kind, c.id, m.first_name || ' ' || m.last_name AS title, c.status AS detail,
               0::bigint AS sure
          FROM shield.claim c JOIN shield.member m ON m.id = c.member_id
         WHERE c.id = lower(%(term)s) OR c.external_id = %(term)s
         LIMIT %(shown)s
        """,
        **asked.params,
    )


def find_payouts(db: Db, asked: Asked) -> Query[list[Hit]]:
    """By our id, or the trace number that the bank knows one of its tries by."""
    return db.all(
        Hit,
        """
        SELECT 'payout' AS kind, p.id, m.first_name || ' ' || m.last_name AS title, p.status AS detail,
               0::bigint AS sure
          FROM (SELECT id FROM shield.payout WHERE id = lower(%(term)s)
                 UNION
                SELECT payout_id FROM shield.payout_attempt WHERE trace_number = %(term)s) w
          JOIN shield.payout p USING (id)
          JOIN shield.member m ON m.id = p.member_id
         LIMIT %(shown)s
        """,
        **asked.params,
    )
