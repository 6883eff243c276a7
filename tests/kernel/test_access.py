"""The sign-in doors of any product: what they let in, and what is left to whoever has to choose a new password."""

from backoffice.kernel.access import SignInDoors
from backoffice.kernel.web import Call
from tests.kernel.web.trial import TRIAL

SELF = "self:manage"


async def answer(call: Call) -> None:
    """What a product writes: here nothing."""


def test_one_comes_in_without_a_session_and_does_all_else_with_ones_own() -> None:
    doors = SignInDoors(TRIAL, SELF, prefix="/auth")
    for declare in (doors.login, doors.refresh, doors.me, doors.change_password, doors.logout, doors.sessions):
        assert declare(answer) is answer

    assert {door.path for door in doors.made if door.lock.public} == {"/auth/login", "/auth/refresh"}
    assert {door.lock.permission for door in doors.made if not door.lock.public} == {SELF}


def test_whoever_must_choose_a_new_password_may_do_that_and_look_and_go() -> None:
    doors = SignInDoors(TRIAL, SELF, prefix="/auth")
    for declare in (doors.me, doors.change_password, doors.logout, doors.sessions):
        declare(answer)

    assert [door.path for door in doors.made if door.lock.even_if_password_due] == [
        "/auth/me",
        "/auth/change-password",
        "/auth/logout",
    ]


def test_a_door_that_is_not_declared_is_not_there() -> None:
    doors = SignInDoors(TRIAL, SELF, prefix="/auth")
    doors.login(answer)

    assert [(door.path, door.methods) for door in doors.made] == [("/auth/login", {"POST"})]
