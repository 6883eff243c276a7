"""Who may manage whom in the team, and what is asked of a member. Pure."""

from backoffice.kernel.errors import NotFound


class MemberNotFound(NotFound):
    """User with ID {user_id} not found"""

    code = "member_not_found"
    user_id: int
