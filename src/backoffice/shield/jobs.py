"""Every job of shield: importing this module makes them known to a worker."""

from backoffice.shield.member import jobs as member
from backoffice.shield.payout import jobs as payout
from backoffice.shield.plan import jobs as plan

MODULES = (member, payout, plan)
