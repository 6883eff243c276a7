"""What the outside may have seen of us, written outside the database, so that a restore can be held against it.

    await house.journal.write(line(Kind.SENT, job="desk.send_outbound", arguments={"outbound_id": 7}))

A line is on disk before the act it tells of: after a crash the journal may tell of too much and never of too little.
`hold` says whether anything may leave; `standing` whether this database is behind its journal.
"""
