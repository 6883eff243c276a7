"""Every job of the marketplace: importing this module makes them known to a worker."""

from backoffice.marketplace.account import jobs as account
from backoffice.marketplace.activity import jobs as activity
from backoffice.marketplace.analytics import jobs as analytics
from backoffice.marketplace.browsing import jobs as browsing
from backoffice.marketplace.bulk import jobs as bulk
from backoffice.marketplace.customer import jobs as customer
from backoffice.marketplace.dispute import jobs as dispute
from backoffice.marketplace.export import jobs as export
from backoffice.marketplace.gateway import jobs as gateway
from backoffice.marketplace.privacy import jobs as privacy
from backoffice.marketplace.reconciling import jobs as reconciling
from backoffice.marketplace.referral import jobs as referral
from backoffice.marketplace.refund import jobs as refund

MODULES = (
    account,
    activity,
    analytics,
    browsing,
    bulk,
    customer,
    dispute,
    export,
    gateway,
    privacy,
    reconciling,
    referral,
    refund,
)
