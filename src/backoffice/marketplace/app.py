"""The marketplace's doors: its capabilities' doors, in the order in which paths are tried."""

from backoffice.marketplace.access import api as access
from backoffice.marketplace.account import api as account
from backoffice.marketplace.account import platform as account_platform
from backoffice.marketplace.activity import api as activity
from backoffice.marketplace.activity import platform as activity_platform
from backoffice.marketplace.analytics import api as analytics
from backoffice.marketplace.audit_log import api as audit_log
from backoffice.marketplace.booking import platform as booking_platform
from backoffice.marketplace.browsing import api as browsing
from backoffice.marketplace.browsing import platform as browsing_platform
from backoffice.marketplace.bulk import api as bulk
from backoffice.marketplace.catalogue import api as service
from backoffice.marketplace.catalogue import platform as service_platform
from backoffice.marketplace.customer import api as customer
from backoffice.marketplace.customer import platform as customer_platform
from backoffice.marketplace.deciding import api as deciding
from backoffice.marketplace.deciding import platform as deciding_platform
from backoffice.marketplace.dispute import api as dispute
from backoffice.marketplace.dispute import platform as dispute_platform
from backoffice.marketplace.export import api as export
from backoffice.marketplace.feed import platform as feed_platform
from backoffice.marketplace.gateway import api as gateway
from backoffice.marketplace.goodwill import api as goodwill
from backoffice.marketplace.handling import api as handling
from backoffice.marketplace.history import api as history
from backoffice.marketplace.payment import api as payment
from backoffice.marketplace.payment import platform as payment_platform
from backoffice.marketplace.privacy import api as privacy
from backoffice.marketplace.reconciling import api as reconciling
from backoffice.marketplace.referral import api as referral
from backoffice.marketplace.referral import platform as referral_platform
from backoffice.marketplace.review import api as review
from backoffice.marketplace.review import platform as review_platform
from backoffice.marketplace.search import api as search
from backoffice.marketplace.staff import api as staff
from backoffice.marketplace.system import api as system
from backoffice.marketplace.system import backups as system_backups
from backoffice.marketplace.system import restoring as system_restoring
from backoffice.marketplace.takedown import api as takedown
from backoffice.marketplace.takedown import platform as takedown_platform
from backoffice.marketplace.task import api as task
from backoffice.marketplace.vendor import api as vendor
from backoffice.marketplace.vendor import platform as vendor_platform

DOORS = [
    access.door,
    access.me_door,
    search.door,
    staff.door,
    staff.account_door,
    bulk.door,
    bulk.user_door,
    bulk.dispute_door,
    bulk.review_door,
    bulk.booking_door,
    dispute.door,
    dispute.twin_door,
    dispute.user_door,
    export.door,
    export.bookings,
    deciding.refund_door,
    deciding.payment_door,
    deciding.approval_door,
    payment.door,
    reconciling.door,
    goodwill.customer_door,
    goodwill.door,
    handling.door,
    referral.door,
    customer.door,
    account.door,
    privacy.door,
    activity.door,
    history.door,
    vendor.door,
    service.door,
    takedown.door,
    review.door,
    task.door,
    analytics.door,
    browsing.door,
    audit_log.door,
    system.door,
    system_backups.backup_door,
    system_restoring.door,
    customer_platform.door,
    referral_platform.door,
    activity_platform.door,
    browsing_platform.door,
    account_platform.door,
    account_platform.vendor_door,
    vendor_platform.door,
    service_platform.door,
    booking_platform.door,
    payment_platform.door,
    feed_platform.door,
    dispute_platform.door,
    dispute.files_door,
    review_platform.door,
    takedown_platform.door,
    deciding_platform.door,
    gateway.door,
    gateway.webhook_door,
]
