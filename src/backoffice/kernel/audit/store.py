"""The audit tables: entries go in, seals go in, nothing ever changes or leaves."""

import orjson

from backoffice.kernel.audit.entry import Entry, digest_of
from backoffice.kernel.database.query import Db, Query


def insert_entry(tx: Db, entry: Entry) -> Query[int]:
    plain = {name: getattr(entry, name) for name in Entry.__slots__}
    plain["data_subject"] = plain.pop("person")
    for side in ("before", "after"):
        plain[side] = None if plain[side] is None else orjson.loads(orjson.dumps(plain[side]))
    return tx.run(
        """
        INSERT INTO kernel.audit_entry (id, at, product, actor_kind, actor_id, actor_label, action, subject,
                                        data_subject, before, after, reason, address, agent, request_id, digest)
             VALUES (%(id)s, %(at)s, %(product)s, %(actor_kind)s, %(actor_id)s, %(actor_label)s, %(action)s,
                     %(subject)s, %(data_subject)s, %(before)s, %(after)s, %(reason)s, %(address)s, %(agent)s,
                     %(request_id)s, %(digest)s)
        """,
        **plain,
        digest=digest_of(plain),
    )
