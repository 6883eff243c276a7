"""The dashboard's figures (contract, 7), read from sums that every write keeps with it.

Every figure is the count or the sum of the list it summarises. Permission: claims:read, which every role has.
"""
