"""The answers, field by field as the product's doors give them."""

from datetime import UTC, datetime

from django.db.models import Count
from rest_framework import serializers

from benchmarks.peers.django_rest.models import Booking, Customer, Dispute, DisputeEvidence

DAYS = 365


def share(part, whole):
    """A rate with two decimals, None where there is nothing to go by."""
    return round(part / whole, 2) if whole else None


def flags_of(customer):
    found = {
        "high_cancellation_rate": customer.is_often_cancelling,
        "multiple_disputes": customer.disputes_count >= 2,
    }
    return [name for name, holds in found.items() if holds]


class CustomerSerializer(serializers.ModelSerializer):
    """A row of the list."""

    is_active = serializers.SerializerMethodField()
    is_suspended = serializers.SerializerMethodField()
    account_status = serializers.CharField(source="status")
    email_verified = serializers.SerializerMethodField()
    phone_verified = serializers.SerializerMethodField()
    identity_verified = serializers.SerializerMethodField()
    trust_score = serializers.IntegerField(source="trust")
    total_bookings = serializers.IntegerField(source="bookings_count")
    total_spent = serializers.SerializerMethodField()
    total_disputes = serializers.IntegerField(source="disputes_count")
    open_disputes = serializers.IntegerField(source="disputes_open")
    flags = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="registered_at")
    last_activity_at = serializers.DateTimeField(source="last_active_at")

    class Meta:
        model = Customer
        fields = (
            *("id", "external_id", "email", "phone", "name", "is_active", "is_suspended", "account_status"),
            *("email_verified", "phone_verified", "identity_verified", "verification_level", "trust_score"),
            *("total_bookings", "total_spent", "total_disputes", "open_disputes", "flags", "created_at"),
            *("last_login_at", "last_active_at", "last_activity_at"),
        )

    def get_is_active(self, customer):
        return customer.status == "active"

    def get_is_suspended(self, customer):
        return customer.status == "suspended"

    def get_email_verified(self, customer):
        return customer.email_verified_at is not None

    def get_phone_verified(self, customer):
        return customer.phone_verified_at is not None

    def get_identity_verified(self, customer):
        return customer.identity_verified_at is not None

    def get_total_spent(self, customer):
        return customer.paid_minor - customer.refunded_minor

    def get_flags(self, customer):
        return flags_of(customer)


class CustomerDetailSerializer(CustomerSerializer):
    """The whole profile: kept sums from the row, favourites asked for."""

    activity_summary = serializers.SerializerMethodField()
    verification = serializers.SerializerMethodField()
    engagement = serializers.SerializerMethodField()
    risk_indicators = serializers.SerializerMethodField()

    class Meta(CustomerSerializer.Meta):
        fields = (
            *("id", "external_id", "email", "phone", "name", "profile_picture_url", "is_active", "is_suspended"),
            *("suspension_reason", "suspended_until", "email_verified", "phone_verified", "account_status"),
            *("created_at", "last_login_at", "last_active_at"),
            *("activity_summary", "verification", "engagement", "risk_indicators"),
        )

    def get_activity_summary(self, customer):
        return {
            "total_bookings": customer.bookings_count,
            "completed_bookings": customer.bookings_completed,
            "cancelled_bookings": customer.bookings_cancelled,
            "pending_bookings": customer.bookings_open,
            "total_spent": self.get_total_spent(customer),
            "total_reviews": customer.reviews_count,
            "average_rating_given": share(customer.ratings, customer.reviews_count),
            "total_disputes": customer.disputes_count,
            "open_disputes": customer.disputes_open,
            "wallet_balance": customer.wallet_minor,
            "loyalty_points": customer.loyalty_points,
        }

    def get_verification(self, customer):
        return {
            "email_verified_at": customer.email_verified_at,
            "phone_verified_at": customer.phone_verified_at,
            "identity_verified": self.get_identity_verified(customer),
            "identity_document_type": customer.identity_document_type,
            "identity_verified_at": customer.identity_verified_at,
        }

    def get_engagement(self, customer):
        now, seen = datetime.now(UTC), customer.last_active_at
        kinds = customer.bookings.values_list("service__category").annotate(times=Count("id"))
        paid = customer.payments.filter(captured_minor__gt=0).order_by().values_list("method")
        method = paid.annotate(times=Count("id")).order_by("-times", "method").first()
        return {
            "total_logins": customer.logins,
            "days_since_registration": (now - customer.registered_at).days,
            "days_since_last_activity": (now - seen).days if seen else None,
            "favorite_categories": [kind for kind, _ in kinds.order_by("-times", "service__category")[:3]],
            "preferred_payment_method": method and method[0],
            "device_type": customer.device_type,
        }

    def get_risk_indicators(self, customer):
        return {
            "has_payment_failures": customer.payments_failed > 0,
            "failed_payment_count": customer.payments_failed,
            "has_disputes": customer.disputes_count > 0,
            "dispute_win_rate": share(customer.disputes_won, customer.disputes_decided),
            "cancellation_rate": share(customer.bookings_cancelled, customer.bookings_count),
            "trust_score": customer.trust,
            "trust_breakdown": self.trust_of(customer),
            "flags": flags_of(customer),
        }

    def trust_of(self, customer):
        ended = customer.bookings_completed + customer.bookings_cancelled
        tried = customer.payments_succeeded + customer.payments_failed
        days = (datetime.now(UTC) - customer.registered_at).days
        terms = {
            "booking_completion": 30 * (customer.bookings_completed / ended if ended else 0.75),
            "payment_success": 25 * (customer.payments_succeeded / tried if tried else 0.75),
            "few_disputes": 20 * self.peace_of(customer),
            "rating_given": 15 * (customer.ratings / customer.reviews_count / 5 if customer.reviews_count else 0.75),
            "account_age": 10 * max(0, min(days / DAYS, 1)),
        }
        return {
            **{name: round(term, 2) for name, term in terms.items()},
            "computed": int(sum(terms.values()) + 0.5),
            "set_by_hand": customer.trust_by_hand,
            "reason": customer.trust_reason,
            "restrictions": customer.is_restricted,
        }

    def peace_of(self, customer):
        return 1 - min(customer.disputes_count / customer.bookings_count, 1) if customer.bookings_count else 0.75


class CustomersBookingSerializer(serializers.ModelSerializer):
    """A row of what one customer booked."""

    booking_reference = serializers.CharField(source="reference")
    service_name = serializers.CharField(source="service.name")
    vendor_name = serializers.CharField(source="vendor.display_name")
    status = serializers.SerializerMethodField()
    booking_date = serializers.DateTimeField(source="scheduled_at")
    amount = serializers.IntegerField(source="amount_minor")
    has_review = serializers.SerializerMethodField()
    review_rating = serializers.SerializerMethodField()
    has_dispute = serializers.BooleanField()

    class Meta:
        model = Booking
        fields = (
            *("id", "booking_reference", "service_id", "service_name", "vendor_id", "vendor_name", "status"),
            *("booking_date", "amount", "payment_status", "payment_method", "has_review", "review_rating"),
            *("has_dispute", "created_at", "completed_at"),
        )

    def get_status(self, booking):
        return "refunded" if booking.payment_status == "refunded" else booking.status

    def get_has_review(self, booking):
        return hasattr(booking, "review")

    def get_review_rating(self, booking):
        return booking.review.rating if hasattr(booking, "review") else None


class EvidenceSerializer(serializers.ModelSerializer):
    class Meta:
        model = DisputeEvidence
        fields = ("id", "type", "description", "filename", "sender")


class DisputeSerializer(serializers.ModelSerializer):
    """A row of the queue."""

    dispute_reference = serializers.CharField(source="reference")
    booking_reference = serializers.CharField(source="booking.reference", default=None)
    vendor_name = serializers.CharField(source="vendor.display_name", default=None)
    amount_disputed = serializers.IntegerField(source="amount_disputed_minor")
    refund_amount = serializers.IntegerField(source="refund_amount_minor")
    evidence = EvidenceSerializer(many=True)
    assigned_to = serializers.IntegerField(source="assigned_to_id")
    assigned_to_name = serializers.CharField(source="assigned_to.full_name", default=None)
    is_overdue = serializers.SerializerMethodField()
    user_id = serializers.IntegerField(source="customer_id")
    user_name = serializers.CharField(source="customer.name")
    user_email = serializers.CharField(source="customer.email")
    user_phone = serializers.CharField(source="customer.phone")

    class Meta:
        model = Dispute
        fields = (
            *("id", "dispute_reference", "type", "category", "status", "priority", "subject", "description"),
            *("booking_id", "booking_reference", "vendor_id", "vendor_name", "amount_disputed", "refund_requested"),
            *("refund_amount", "evidence", "created_at", "updated_at", "assigned_to", "assigned_to_name"),
            *("resolution_deadline", "is_overdue", "escalated_at", "vendor_response", "vendor_responded_at"),
            *("admin_notes", "resolution", "resolved_at", "resolution_type", "source", "user_id", "user_name"),
            *("user_email", "user_phone"),
        )

    def get_is_overdue(self, dispute):
        return dispute.is_live and dispute.resolution_deadline < datetime.now(UTC)
