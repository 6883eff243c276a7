"""Who acts."""

from backoffice.kernel.actor import Actor, ActorKind, system


def test_only_a_member_of_staff_is_named_as_an_author() -> None:
    staff = Actor(ActorKind.STAFF, 7, "ada", "shield")
    platform = Actor(ActorKind.PLATFORM, 7, "the app", "shield")

    assert [who.staff_id for who in (staff, platform, system("shield", "clearing"))] == [7, None, None]
