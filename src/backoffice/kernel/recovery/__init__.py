"""What must be true after any restore, by whatever tool: nothing is sent twice, nobody is signed in, and who

was shut out since then is named: shutting them out again is up to people.

    report = await recovery.after(settings, moment)      on the restored database, before anything opens

May be run again: it changes nothing that is true already. Audited: hold.begun, audit.epoch_begun.
"""

from backoffice.kernel.recovery.after import RESTORER, after, refuse_whole, settle, settle_if_held
from backoffice.kernel.recovery.money import compare, release
from backoffice.kernel.recovery.report import Report, read_report

__all__ = [
    "RESTORER",
    "Report",
    "after",
    "compare",
    "read_report",
    "refuse_whole",
    "release",
    "settle",
    "settle_if_held",
]
