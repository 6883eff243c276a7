"""Every job of the marketplace: importing this module makes them known to a worker."""

from backoffice.marketplace.export import jobs as export
from backoffice.marketplace.refund import jobs as refund

MODULES = (export, refund)
