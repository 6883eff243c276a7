"""What staff can get wrong about testing mode, and what is audited. Pure."""

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import NotFound

MOST_ENDS = 20
"""Of so many numbers the log shows the last digits."""


class ModeAct(Act):
    TOGGLED = "testing_mode.toggled"
    MESSAGE_SET = "testing_mode.message_set"
    WHITELIST_CHANGED = "testing_mode.whitelist_changed"


class NotOnTheWhitelist(NotFound):
    """Whitelist entry with ID {listed_id} not found"""

    listed_id: int
