"""Chargebacks: customers who take their money back through their bank, as gateways tell it.

One opens a dispute and keeps every refund of its payment waiting, since both together would pay twice. Lost, it counts
as refunded; won, it frees the payment. Audited: chargeback.opened, chargeback.ended.
"""
