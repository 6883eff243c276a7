"""The products under load, by name."""

from benchmarks.helpdesk.doors import DESK
from benchmarks.marketplace.doors import MARKET
from benchmarks.product import Tested
from benchmarks.shield.doors import MEMBERS

TESTED: dict[str, Tested] = {DESK.name: DESK, MARKET.name: MARKET, MEMBERS.name: MEMBERS}
