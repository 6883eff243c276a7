"""The answers about bookings of all customers."""

from rest_framework import serializers

from benchmarks.peers.django_rest.models import (
    Booking,
    BookingMove,
    Customer,
    Dispute,
    Payment,
    Review,
    Service,
    Vendor,
)
from benchmarks.peers.django_rest.serializers import share

ADDRESS = ("street", "city", "state", "pincode", "landmark")


class ShortCustomerSerializer(serializers.ModelSerializer):
    class Meta:
        model = Customer
        fields = ("id", "name", "email", "phone")


class ShortVendorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Vendor
        fields = ("id", "name", "display_name")


class ShortServiceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Service
        fields = ("id", "name", "category")


class BookingSerializer(serializers.ModelSerializer):
    """A row of the list; its dispute is prefetched."""

    booking_number = serializers.CharField(source="reference")
    user = ShortCustomerSerializer(source="customer")
    vendor = ShortVendorSerializer()
    service = ShortServiceSerializer()
    address = serializers.SerializerMethodField()
    amount_cents = serializers.IntegerField(source="amount_minor")
    has_dispute = serializers.SerializerMethodField()
    dispute_status = serializers.SerializerMethodField()

    class Meta:
        model = Booking
        fields = (
            *("id", "booking_number", "status", "user", "vendor", "service", "scheduled_at", "address"),
            *("amount_cents", "currency", "payment_status", "payment_method", "created_at", "updated_at", "notes"),
            *("has_dispute", "dispute_status", "cancellation_reason", "cancelled_by", "cancelled_at"),
        )

    def get_address(self, booking):
        return {name: getattr(booking, name) for name in ADDRESS}

    def get_has_dispute(self, booking):
        return bool(booking.disputes.all())

    def get_dispute_status(self, booking):
        return next((dispute.status for dispute in booking.disputes.all()), None)


class MoveSerializer(serializers.ModelSerializer):
    status = serializers.CharField(source="became")
    changed_at = serializers.DateTimeField(source="moved_at")
    changed_by = serializers.CharField(source="moved_by")

    class Meta:
        model = BookingMove
        fields = ("status", "changed_at", "changed_by")


class CustomerOfBookingSerializer(serializers.ModelSerializer):
    profile_image = serializers.CharField(source="profile_picture_url")
    total_bookings = serializers.IntegerField(source="bookings_count")
    trust_score = serializers.IntegerField(source="trust")

    class Meta:
        model = Customer
        fields = ("id", "name", "email", "phone", "profile_image", "total_bookings", "trust_score")


class VendorOfBookingSerializer(serializers.ModelSerializer):
    logo = serializers.CharField(source="logo_url")
    rating = serializers.SerializerMethodField()
    total_bookings = serializers.SerializerMethodField()

    class Meta:
        model = Vendor
        fields = (
            *("id", "name", "display_name", "email", "phone", "logo", "rating", "total_bookings"),
            "verification_status",
        )

    def get_rating(self, vendor):
        return share(vendor.ratings, vendor.reviews_count)

    def get_total_bookings(self, vendor):
        return vendor.bookings.count()


class ServiceOfBookingSerializer(serializers.ModelSerializer):
    base_price_cents = serializers.IntegerField(source="base_price_minor")

    class Meta:
        model = Service
        fields = ("id", "name", "category", "subcategory", "description", "pricing_type", "base_price_cents")


class PaymentOfBookingSerializer(serializers.ModelSerializer):
    transaction_id = serializers.CharField(source="gateway_payment_id")
    paid_at = serializers.DateTimeField(source="completed_at")
    refunded_amount_cents = serializers.IntegerField(source="refunded_minor")

    class Meta:
        model = Payment
        fields = ("status", "method", "transaction_id", "paid_at", "refunded_amount_cents")


class DisputeOfBookingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Dispute
        fields = ("id", "status", "source", "category", "description", "created_at", "resolution", "resolved_at")


class ReviewOfBookingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Review
        fields = ("id", "status", "rating", "title", "comment", "created_at")


class BookingDetailSerializer(BookingSerializer):
    """Everything about one booking."""

    status_history = MoveSerializer(source="moves", many=True)
    user = CustomerOfBookingSerializer(source="customer")
    vendor = VendorOfBookingSerializer()
    service = ServiceOfBookingSerializer()
    estimated_duration_minutes = serializers.IntegerField(source="duration_minutes")
    pricing = serializers.SerializerMethodField()
    payments = PaymentOfBookingSerializer(many=True)
    disputes = DisputeOfBookingSerializer(many=True)
    customer_requirements = serializers.ListField(source="requirements")
    review = serializers.SerializerMethodField()

    class Meta(BookingSerializer.Meta):
        fields = (
            *("id", "booking_number", "status", "status_history", "user", "vendor", "service", "scheduled_at"),
            *("estimated_duration_minutes", "address", "pricing", "payment_status", "payments", "created_at"),
            *("updated_at", "notes", "customer_requirements", "disputes", "cancellation_reason", "cancelled_by"),
            *("cancelled_at", "completed_at", "review"),
        )

    def get_address(self, booking):
        where = {name: getattr(booking, name) for name in (*ADDRESS, "apartment")}
        return {**where, "coordinates": {"lat": booking.latitude, "lng": booking.longitude}}

    def get_pricing(self, booking):
        return {
            "base_amount_cents": booking.base_minor,
            "tax_cents": booking.tax_minor,
            "platform_fee_cents": booking.platform_fee_minor,
            "discount_cents": booking.discount_minor,
            "total_amount_cents": booking.amount_minor,
            "currency": booking.currency,
        }

    def get_review(self, booking):
        return ReviewOfBookingSerializer(booking.review).data if hasattr(booking, "review") else None
