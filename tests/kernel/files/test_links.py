"""Signed links: they open one file, for an hour, and nothing else."""

from urllib.parse import parse_qs, urlsplit

import pytest

from backoffice.kernel.files import links as links_module
from backoffice.kernel.files.links import LIFETIME_SECONDS, FilesDoor, Links

LINKS = Links("a secret of the tests")
DOOR = FilesDoor("desk", "/api/v1/files")


def parts(link: str) -> tuple[str, str, str]:
    """File, until, signature."""
    split = urlsplit(link)
    query = parse_qs(split.query)
    return split.path.rpartition("/")[2], query["until"][0], query["signature"][0]


def test_a_signed_link_opens_its_file() -> None:
    link = LINKS.sign(DOOR, "abc.image~png")
    file, until, signature = parts(link)

    assert link.startswith("/api/v1/files/abc.image~png?until=")
    assert LINKS.is_genuine(DOOR, file, until=until, signature=signature)


def test_a_link_opens_no_other_file_and_no_longer_than_it_says() -> None:
    file, until, signature = parts(LINKS.sign(DOOR, "abc"))

    assert not LINKS.is_genuine(DOOR, "abd", until=until, signature=signature)
    assert not LINKS.is_genuine(DOOR, file, until=str(int(until) + 1), signature=signature)
    assert not Links("another secret").is_genuine(DOOR, file, until=until, signature=signature)


def test_a_link_opens_nothing_of_another_product() -> None:
    file, until, signature = parts(LINKS.sign(DOOR, "abc"))

    assert not LINKS.is_genuine(FilesDoor("bank", DOOR.path), file, until=until, signature=signature)


@pytest.mark.parametrize(("until", "signature"), [("", ""), ("x", "x"), ("é", "é"), ("-1", "x"), ("9" * 400, "x")])
def test_nonsense_opens_nothing(until: str, signature: str) -> None:
    assert not LINKS.is_genuine(DOOR, "abc", until=until, signature=signature)


def test_a_link_is_good_for_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_000_000.0]
    monkeypatch.setattr(links_module.time, "time", lambda: clock[0])
    file, until, signature = parts(LINKS.sign(DOOR, "abc"))

    clock[0] += LIFETIME_SECONDS - 1
    assert LINKS.is_genuine(DOOR, file, until=until, signature=signature)
    clock[0] += 1
    assert not LINKS.is_genuine(DOOR, file, until=until, signature=signature)


def test_a_link_may_be_good_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_000_000.0]
    monkeypatch.setattr(links_module.time, "time", lambda: clock[0])
    file, until, signature = parts(LINKS.sign(DOOR, "abc", lasting=86_400))

    clock[0] += 86_399
    assert LINKS.is_genuine(DOOR, file, until=until, signature=signature)
    clock[0] += 1
    assert not LINKS.is_genuine(DOOR, file, until=until, signature=signature)
