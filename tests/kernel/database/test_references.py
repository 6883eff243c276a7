"""References that people read: one sequence for each kind and year, longer once its digits are used up."""

from datetime import UTC, datetime

from backoffice.kernel.actor import system
from backoffice.kernel.house import House

THEN = datetime(2019, 6, 1, tzinfo=UTC)


async def taken(house: House, prefix: str, digits: int, at: datetime = THEN) -> str:
    async with house.database.write(system("kernel", "tests")) as tx:
        return await tx.value(
            str, "SELECT kernel.next_reference(%(prefix)s, %(digits)s, %(at)s)", prefix=prefix, digits=digits, at=at
        )


async def test_a_reference_grows_longer_when_its_digits_are_used_up(house: House) -> None:
    first = await taken(house, "ONE", 1)
    several = [await taken(house, "ONE", 1) for _ in range(10)]

    assert first == "ONE-2019-1"
    assert several[-1] == "ONE-2019-11"


async def test_kinds_and_years_count_for_themselves(house: House) -> None:
    found = [
        await taken(house, "TWO", 4),
        await taken(house, "TRI", 4),
        await taken(house, "TWO", 4, datetime.now(UTC)),
    ]

    assert [one.rpartition("-")[2] for one in found] == ["0001", "0001", "0001"]
    assert len(set(found)) == 3
