"""The outside world that moves money: payout rails behind one port, the NACHA file format, the banking calendar.

No rail is called inside a transaction. Nothing here knows a product's tables.
"""
