"""Finding each kind of thing by what people know of it. Each way gives no more rows than are shown.

0 is an exact hit, 1 one that begins so or has this part of a phone number, 2 one with these words, 3 one with a typo
(backoffice.kernel.search.Sure).
"""

from typing import LiteralString

from backoffice.kernel.database import Db, Query
from backoffice.kernel.search import Asked, Hit, by_phone

TICKETS: LiteralString = """
    SELECT 'ticket' AS kind, t.id::text AS id, t.code AS title, ltrim(t.phone, '+') AS detail, w.sure
      FROM (SELECT id, min(sure)::bigint AS sure FROM (
            (SELECT id, 0 AS sure FROM helpdesk.ticket
              WHERE (id = %(number)s::bigint OR code = upper(%(term)s) OR phone = %(term)s)
                AND (%(own)s::bigint IS NULL OR assigned_agent_id = %(own)s) LIMIT %(shown)s)
            UNION ALL
            (SELECT id, 1 FROM helpdesk.ticket
              WHERE code ^@ upper(%(term)s)
                AND (%(own)s::bigint IS NULL OR assigned_agent_id = %(own)s) LIMIT %(shown)s)
            UNION ALL
            (SELECT id, CASE kernel.fold(merchant_id) WHEN kernel.fold(%(term)s) THEN 0 ELSE 1 END
               FROM helpdesk.ticket
              WHERE kernel.fold(merchant_id) ^@ nullif(kernel.fold(%(term)s), '')
                AND (%(own)s::bigint IS NULL OR assigned_agent_id = %(own)s) LIMIT %(shown)s)
            UNION ALL {by_phone}
            UNION ALL
            (SELECT t.id, 1 FROM helpdesk.whatsapp_user u JOIN helpdesk.ticket t ON t.whatsapp_user_id = u.id
              WHERE kernel.phone_windows(u.phone) @> %(windows)s::text[] AND strpos(u.phone, %(part)s) > 0
                AND (%(own)s::bigint IS NULL OR t.assigned_agent_id = %(own)s) LIMIT %(shown)s)
           ) ways GROUP BY id ORDER BY 2, 1 DESC LIMIT %(shown)s) w
      JOIN helpdesk.ticket t USING (id)
     ORDER BY w.sure, t.id DESC
""".replace("{by_phone}", by_phone("helpdesk.ticket", where="(%(own)s::bigint IS NULL OR assigned_agent_id = %(own)s)"))
CUSTOMERS: LiteralString = """
    SELECT 'user' AS kind, u.id::text AS id, coalesce(u.name, ltrim(u.phone, '+')) AS title,
           ltrim(u.phone, '+') AS detail, w.sure
      FROM (SELECT id, min(sure)::bigint AS sure FROM (
            (SELECT id, 0 AS sure FROM helpdesk.whatsapp_user
              WHERE id = %(number)s::bigint OR phone = %(term)s)
            UNION ALL
            (SELECT id, CASE kernel.fold(merchant_id) WHEN kernel.fold(%(term)s) THEN 0 ELSE 1 END
               FROM helpdesk.whatsapp_user
              WHERE kernel.fold(merchant_id) ^@ nullif(kernel.fold(%(term)s), '') LIMIT %(shown)s)
            UNION ALL {by_phone}
            UNION ALL
            (SELECT id, 1 FROM helpdesk.whatsapp_user
              WHERE kernel.phone_windows(phone) @> %(windows)s::text[] AND strpos(phone, %(part)s) > 0
              LIMIT %(shown)s)
            UNION ALL
            (SELECT id, 2 FROM helpdesk.whatsapp_user
              WHERE kernel.search_vector(name) @@ kernel.search_query(%(term)s) LIMIT %(shown)s)
            UNION ALL
            (SELECT id, 3 FROM helpdesk.whatsapp_user
              WHERE kernel.search_vector(name) @@ kernel.forgiving_query(%(term)s, 'helpdesk') LIMIT %(shown)s)
           ) ways GROUP BY id ORDER BY 2, 1 LIMIT %(shown)s) w
      JOIN helpdesk.whatsapp_user u USING (id)
     ORDER BY w.sure, u.id
""".replace("{by_phone}", by_phone("helpdesk.whatsapp_user"))


def find_tickets(db: Db, asked: Asked, *, own: int | None) -> Query[list[Hit]]:
    """By id, ticket id, merchant id and phone number; only the tickets of this agent, where one is named."""
    return db.all(
        Hit,
        TICKETS,
        **asked.params,
        **asked.phone_params,
        own=own,
    )


def find_customers(db: Db, asked: Asked) -> Query[list[Hit]]:
    """By id, merchant id, phone number (or what WhatsApp gave instead of one) and name."""
    return db.all(
        Hit,
        CUSTOMERS,
        **asked.params,
        **asked.phone_params,
    )


def find_members(db: Db, asked: Asked) -> Query[list[Hit]]:
    """People of the team, by e-mail address, username and name. They are few, and looked at one by one."""
    return db.all(
        Hit,
        """
        SELECT 'admin' AS kind, id::text, full_name AS title, username AS detail, sure::bigint AS sure
          FROM (SELECT s.id, s.full_name, s.username,
                       CASE WHEN s.id = %(number)s::bigint OR lower(s.email) = lower(%(term)s)
                              OR lower(s.username) = lower(%(term)s) THEN 0
                            WHEN lower(s.email) ^@ lower(%(term)s) OR lower(s.username) ^@ lower(%(term)s) THEN 1
                            WHEN kernel.search_vector(s.full_name) @@ kernel.search_query(%(term)s) THEN 2
                       END AS sure
                  FROM kernel.membership m JOIN kernel.staff s ON s.id = m.staff_id
                 WHERE m.product = 'helpdesk') AS members
         WHERE sure IS NOT NULL
         ORDER BY members.sure, members.id LIMIT %(shown)s
        """,
        **asked.params,
    )
