"""The same approved claims and houses as the payout tests have."""

from tests.shield.payout.conftest import approved, by_file

__all__ = ["approved", "by_file"]
