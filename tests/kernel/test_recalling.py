"""What a process made is recalled until something that it was made of has moved; what many ask for is counted once."""

import asyncio

from backoffice.kernel.cache import Cache


async def test_what_was_made_is_recalled_under_the_same_version_only() -> None:
    cache = Cache()

    await cache.remember("best", 1, made=["one"])

    assert await cache.recall("best", 1) == ["one"]
    assert await cache.recall("best", 2) is None
    assert await cache.recall("other", 1) is None
    await cache.close()


async def test_of_ten_who_ask_for_the_same_total_at_once_one_counts() -> None:
    cache, counted = Cache(), list[str]()

    async def count() -> int:
        counted.append("one")
        await asyncio.sleep(0)
        return len(counted)

    assert await asyncio.gather(*(cache.total("all", count) for _ in range(10))) == [1] * 10
    assert await cache.total("all", count, fresh=True) == 2
    assert await cache.total("all", count) == 2
    await cache.close()


async def test_where_whoever_counts_fails_the_next_one_counts() -> None:
    cache, tries = Cache(), iter((RuntimeError("gone"), None))

    async def count() -> int:
        failure = next(tries)
        await asyncio.sleep(0)
        if failure is not None:
            raise failure
        return 7

    first, second = await asyncio.gather(*(cache.total("all", count) for _ in range(2)), return_exceptions=True)

    assert (type(first), second) == (RuntimeError, 7)
    await cache.close()


async def test_while_nothing_is_kept_one_counts_for_all_who_ask_at_once() -> None:
    cache, counted = Cache("redis://127.0.0.1:1/0"), list[str]()

    async def count() -> int:
        counted.append("one")
        await asyncio.sleep(0)
        return len(counted)

    assert await asyncio.gather(*(cache.total("all", count) for _ in range(10))) == [1] * 10
    assert await cache.total("all", count) == 2
    await cache.close()


async def test_where_whoever_counts_fails_the_others_count_side_by_side() -> None:
    cache, tries, others = Cache(), iter((RuntimeError("gone"), None, None, None)), asyncio.Barrier(3)

    async def count() -> int:
        failure = next(tries)
        await asyncio.sleep(0)
        if failure is not None:
            raise failure
        await others.wait()
        return 7

    async with asyncio.timeout(5):
        first, *rest = await asyncio.gather(*(cache.total("all", count) for _ in range(4)), return_exceptions=True)

    assert (type(first), rest) == (RuntimeError, [7, 7, 7])
    await cache.close()


async def test_whoever_waits_and_gives_up_takes_no_number_from_the_others() -> None:
    cache, go = Cache(), asyncio.Event()

    async def count() -> int:
        await go.wait()
        return 7

    counting, impatient, patient = [asyncio.create_task(cache.total("all", count)) for _ in range(3)]
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.sleep(0)
    go.set()

    assert (await counting, await patient, impatient.cancelled()) == (7, 7, True)
    await cache.close()
