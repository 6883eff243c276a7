"""Promising to pay what was approved (contract, 3): who may pay which claim, how much, to which account."""
