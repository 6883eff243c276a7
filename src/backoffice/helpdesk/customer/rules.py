"""What is audited about looking at customers. Pure."""

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import NotFound


class CustomerAct(Act):
    CONVERSATION_VIEWED = "customer.conversation_viewed"


class CustomerNotFound(NotFound):
    """User with ID {user_id} not found"""

    user_id: int
