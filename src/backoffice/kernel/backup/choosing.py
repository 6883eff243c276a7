"""Which backup leads to a moment."""

from datetime import datetime

from backoffice.kernel.backup.record import Backup
from backoffice.kernel.backup.rules import Form, MomentNotCovered
from backoffice.kernel.backup.shelf import Shelf
from backoffice.settings import Settings


def backup_for(settings: Settings, moment: datetime) -> Backup:
    """The newest backup that had ended by then: the least of the log has to be gone through. MomentNotCovered."""
    ended = [one for one in Shelf(settings).backups() if one.form is Form.PHYSICAL and one.ended_at <= moment]
    if not ended:
        raise MomentNotCovered(moment=moment.isoformat(), reason="no kept backup had ended by then")
    return ended[-1]
