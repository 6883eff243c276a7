"""Files for the bank: the day's payouts as NACHA files, each written once, and files refused as a whole."""
