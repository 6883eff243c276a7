"""What a role that staff make may be, and who may hand it out."""

import pytest

from backoffice.kernel.actor import Actor, ActorKind
from backoffice.kernel.identity.role_book import (
    BeyondOwn,
    RoleBook,
    RoleNameInvalid,
    UnknownPermission,
    check_within,
    name_of,
)

BOOK = RoleBook(
    "shop",
    system={"boss": frozenset({"self:manage", "orders:list", "orders:refund"}), "hand": frozenset({"self:manage"})},
    everybody=frozenset({"self:manage"}),
    aliases={"orders.view": "orders:list"},
)


def test_every_spelling_of_a_permission_is_read_as_the_one() -> None:
    assert BOOK.read(["orders.view", "orders:list", "orders.refund"]) == ["orders:list", "orders:refund"]


def test_what_everybody_may_is_neither_given_nor_refused() -> None:
    assert BOOK.read(["self:manage"]) == []
    assert BOOK.known == {"orders:list", "orders:refund"}


@pytest.mark.parametrize("word", ["*", "orders:*", "orders:burn", "", "ORDERS:LIST"])
def test_a_role_is_given_no_permission_that_the_code_does_not_know(word: str) -> None:
    with pytest.raises(UnknownPermission):
        BOOK.read(["orders:list", word])


def test_a_role_may_what_its_row_says_and_what_everybody_may_as_far_as_it_is_known() -> None:
    assert BOOK.held_by("counter", ["orders:list", "orders:burn"]) == {"self:manage", "orders:list"}
    assert BOOK.held_by("boss", ["nothing"]) == BOOK.system["boss"]


def test_clients_find_every_spelling() -> None:
    assert BOOK.spellings(["orders:list"]) == ["orders.view", "orders:list"]


@pytest.mark.parametrize(
    ("title", "name"),
    [("Weekend support", "weekend_support"), ("Öffentlich & Co.", "offentlich_co"), ("A" * 90, "a" * 63)],
)
def test_a_role_gets_its_id_from_what_it_is_called(title: str, name: str) -> None:
    assert name_of(title) == name


@pytest.mark.parametrize("title", ["客服", "24 hours", "--"])
def test_where_no_id_can_be_made_one_must_be_given(title: str) -> None:
    with pytest.raises(RoleNameInvalid):
        name_of(title)


def test_nobody_hands_out_what_they_may_not() -> None:
    actor = Actor(ActorKind.STAFF, 1, "asha", "shop", "counter", frozenset({"orders:list"}))

    check_within(actor, {"orders:list"})
    with pytest.raises(BeyondOwn, match="orders:refund"):
        check_within(actor, {"orders:list"}, {"orders:refund"})
