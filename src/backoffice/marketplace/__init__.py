"""The marketplace: customers book services of vendors, pay, review, dispute; staff help, decide and give money back.

Begin with `product.py`, then `dispute/` for one capability from its door to its rows.
"""
