"""Every job of shield: importing this module makes them known to a worker."""

from backoffice.shield.leaving import jobs as leaving
from backoffice.shield.member import jobs as member
from backoffice.shield.plan import jobs as plan
from backoffice.shield.transfer import jobs as payout

MODULES = (leaving, member, payout, plan)
