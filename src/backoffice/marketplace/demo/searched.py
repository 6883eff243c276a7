"""Invents what was looked for and opened: each day some more, most often what is booked most."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from random import Random

from backoffice.marketplace.demo.bookings import Offer
from backoffice.marketplace.demo.offers import OFTEN

DAYS, SHOWN, MOST = 180, 6, 4
"""Since how many days searches are told; services on one screen; searches a day for what is booked seldom."""
IN_VAIN = ("car wash", "dog walking", "movers and packers", "passport photos", "deep cleening", "wedding band")
SEARCHES = "marketplace.search_day"
OPENED = "marketplace.shown_day"
COLUMNS = {
    SEARCHES: "day, term, searches, results, without_results, clicks",
    OPENED: "day, service_id, impressions, clicks",
}
CHANCES, NONE = (14, 8, 5, 3, 2, 1), 67
"""Of how many searches the first that is shown is opened, the second ...; and of how many none."""
Row = tuple[date, str, int, int] | tuple[date, str, int, int, int, int]


def tables(offers: Iterable[Offer], random: Random, *, now: datetime) -> dict[str, list[Row]]:
    """Of the same searches: what was shown and opened of the services is what these showed and opened."""
    named = defaultdict(list)
    for one in offers:
        named[one.name].append(one)
    searches: list[Row] = []
    opened: list[Row] = []
    for ago in range(DAYS, -1, -1):
        day, busy = (now - timedelta(days=ago)).date(), 1.5 - ago / DAYS
        seen: Counter[str] = Counter()
        clicked: Counter[str] = Counter()
        for name, found in named.items():
            times = _times(OFTEN.get(found[0].category, 1), random, busy=busy)
            there = [one for one in found if one.vendor.joined.date() <= day]
            shown = [one.id for one in random.sample(there, min(SHOWN, len(there)))]
            led_to = random.choices([*shown, None], [*CHANCES[: len(shown)], NONE], k=times)
            seen.update(dict.fromkeys(shown, times))
            clicked.update(one for one in led_to if one)
            clicks = times - led_to.count(None)
            if times:
                searches.append((day, name.lower(), times, times * len(there), 0 if there else times, clicks))
        for term in IN_VAIN:
            if times := random.randint(0, 2):
                searches.append((day, term, times, 0, times, 0))
        opened.extend((day, service, times, clicked[service]) for service, times in seen.items() if times)
    return {SEARCHES: searches, OPENED: opened}


def _times(often: int, random: Random, *, busy: float) -> int:
    return round(random.uniform(0.5, MOST) * often * busy)
