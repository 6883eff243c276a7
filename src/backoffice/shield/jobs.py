"""Every job of shield: importing this module makes them known to a worker."""

from backoffice.shield.claim import jobs as claim
from backoffice.shield.dashboard import jobs as dashboard
from backoffice.shield.member import jobs as member
from backoffice.shield.payout import jobs as payout
from backoffice.shield.plan import jobs as plan

MODULES = (claim, dashboard, member, payout, plan)
