"""Identifiers sort as they were made."""

from backoffice.kernel.identifiers import uuid7


def test_identifiers_made_within_a_millisecond_sort_as_they_were_made() -> None:
    made = [uuid7() for _ in range(1_000)]

    assert made == sorted(made)
    assert {one.version for one in made} == {7}
    assert len(set(made)) == len(made)
