"""What must be true after any restore, by whatever tool: nothing is sent twice, nobody who was shut out is back.

    report = await recovery.after(settings, moment)      on the restored database, before anything opens

May be run again: it changes nothing that is true already. Audited: hold.begun, audit.epoch_begun.
"""

from backoffice.kernel.recovery.after import RESTORER, after, settle, settle_if_held
from backoffice.kernel.recovery.money import compare, release
from backoffice.kernel.recovery.report import Report

__all__ = ["RESTORER", "Report", "after", "compare", "release", "settle", "settle_if_held"]
