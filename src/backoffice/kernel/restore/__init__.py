"""Going back to a backup or to any moment that the archived log reaches, in place of the database that runs.

    task_id = await actions.ask(tx, settings, goal)      a task; its job writes a file beside the database
    RestoreInterlude(server, prepare=...)                `backoffice run` sees the file and carries it out
    preparing.prepare(settings, record)                  the other database, ready beside the one that runs
    database/swap.py                                     the one moment at which it is decided

Until the decision the old database is untouched; from it on the new one counts, and the old folder is kept. What must
be true after any restore is `recovery`'s. Audited: restore.asked, restore.done.
"""
