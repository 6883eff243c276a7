"""A house whose payouts leave by file, as the payout tests have it."""

from tests.shield.payout.conftest import by_file

__all__ = ["by_file"]
