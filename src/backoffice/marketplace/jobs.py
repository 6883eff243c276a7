"""Every job of the marketplace: importing this module makes them known to a worker."""

from backoffice.marketplace.refund import jobs as refund

MODULES = (refund,)
