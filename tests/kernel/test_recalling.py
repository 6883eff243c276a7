"""What a process made is recalled as long as nothing that it was made of has moved."""

from backoffice.kernel.cache import Cache


async def test_what_was_made_is_recalled_under_the_same_version_only() -> None:
    cache = Cache()

    await cache.remember("best", 1, made=["one"])

    assert await cache.recall("best", 1) == ["one"]
    assert await cache.recall("best", 2) is None
    assert await cache.recall("other", 1) is None
    await cache.close()
