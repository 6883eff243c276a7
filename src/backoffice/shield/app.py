"""Shield's doors: its capabilities' doors, in the order in which paths are tried."""

from backoffice.shield.access import api as access
from backoffice.shield.audit_log import api as audit_log
from backoffice.shield.bank_account import api as bank_account
from backoffice.shield.bank_account import platform as bank_account_platform
from backoffice.shield.bank_record import api as bank_record
from backoffice.shield.claim import api as claim
from backoffice.shield.claim import platform as claim_platform
from backoffice.shield.dashboard import api as dashboard
from backoffice.shield.leaving import api as leaving
from backoffice.shield.member import api as member
from backoffice.shield.member import platform as member_platform
from backoffice.shield.payout import api as payout
from backoffice.shield.plan import api as plan
from backoffice.shield.plan import platform as plan_platform
from backoffice.shield.promise import api as promise
from backoffice.shield.search import api as search

DOORS = [
    access.door,
    audit_log.door,
    dashboard.door,
    plan.door,
    member.door,
    leaving.door,
    bank_account.door,
    bank_account_platform.door,
    bank_record.door,
    payout.door,
    promise.door,
    plan_platform.door,
    member_platform.door,
    claim.door,
    claim.files_door,
    claim_platform.door,
    search.door,
]
