"""The product's tables as Django sees them. None of them is managed here: no column and no index is another one."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Staff(models.Model):
    username = models.TextField()
    email = models.TextField()
    full_name = models.TextField()

    is_authenticated = True

    class Meta:
        managed = False
        db_table = "staff"


class Membership(models.Model):
    pk = models.CompositePrimaryKey("staff_id", "product")
    staff = models.ForeignKey(Staff, models.PROTECT)
    product = models.TextField()
    role = models.TextField()
    is_active = models.BooleanField()

    class Meta:
        managed = False
        db_table = "membership"


class Session(models.Model):
    """Of staff: the customers' own are in a table of the same name that comes first on the path."""

    id = models.UUIDField(primary_key=True)
    staff = models.ForeignKey(Staff, models.PROTECT)
    product = models.TextField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = 'kernel"."session'


class AuditEntry(models.Model):
    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    product = models.TextField()
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField()
    actor_label = models.TextField()
    action = models.TextField()
    subject = models.TextField()
    data_subject = models.TextField(null=True)
    address = models.TextField()
    agent = models.TextField()
    request_id = models.TextField()
    digest = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_entry"


class Customer(models.Model):
    external_id = models.TextField(null=True)
    name = models.TextField(null=True)
    email = models.TextField(null=True)
    phone = models.TextField(null=True)
    profile_picture_url = models.TextField(null=True)
    status = models.TextField()
    suspension_reason = models.TextField(null=True)
    suspended_until = models.DateTimeField(null=True)
    email_verified_at = models.DateTimeField(null=True)
    phone_verified_at = models.DateTimeField(null=True)
    identity_document_type = models.TextField(null=True)
    identity_verified_at = models.DateTimeField(null=True)
    registered_at = models.DateTimeField()
    last_login_at = models.DateTimeField(null=True)
    last_active_at = models.DateTimeField(null=True)
    logins = models.BigIntegerField()
    bookings_count = models.BigIntegerField(db_column="bookings")
    bookings_open = models.BigIntegerField()
    bookings_completed = models.BigIntegerField()
    bookings_cancelled = models.BigIntegerField()
    payments_succeeded = models.BigIntegerField()
    payments_failed = models.BigIntegerField()
    paid_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField()
    reviews_count = models.BigIntegerField(db_column="reviews")
    ratings = models.BigIntegerField()
    disputes_count = models.BigIntegerField(db_column="disputes")
    disputes_open = models.BigIntegerField()
    disputes_decided = models.BigIntegerField()
    disputes_won = models.BigIntegerField()
    wallet_minor = models.BigIntegerField()
    loyalty_points = models.BigIntegerField()
    trust_by_hand = models.BigIntegerField(null=True)
    trust_reason = models.TextField(null=True)
    is_restricted = models.BooleanField()
    device_type = models.TextField(null=True)
    trust = models.BigIntegerField()
    verification_level = models.BigIntegerField()
    is_often_cancelling = models.BooleanField()

    class Meta:
        managed = False
        db_table = "customer"


class Vendor(models.Model):
    name = models.TextField()
    display_name = models.TextField()
    email = models.TextField(null=True)
    phone = models.TextField(null=True)
    logo_url = models.TextField(null=True)
    verification_status = models.TextField()
    reviews_count = models.BigIntegerField(db_column="reviews")
    ratings = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "vendor"


class Service(models.Model):
    id = models.TextField(primary_key=True)
    vendor = models.ForeignKey(Vendor, models.PROTECT, related_name="services")
    name = models.TextField()
    category = models.TextField()
    subcategory = models.TextField(null=True)
    description = models.TextField(null=True)
    pricing_type = models.TextField()
    base_price_minor = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "service"


class Booking(models.Model):
    id = models.TextField(primary_key=True)
    reference = models.TextField()
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="bookings")
    vendor = models.ForeignKey(Vendor, models.PROTECT, related_name="bookings")
    service = models.ForeignKey(Service, models.PROTECT, related_name="bookings")
    status = models.TextField()
    scheduled_at = models.DateTimeField()
    duration_minutes = models.BigIntegerField(null=True)
    street = models.TextField(null=True)
    apartment = models.TextField(null=True)
    city = models.TextField(null=True)
    state = models.TextField(null=True)
    pincode = models.TextField(null=True)
    landmark = models.TextField(null=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    base_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    platform_fee_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.TextField()
    payment_status = models.TextField()
    payment_method = models.TextField(null=True)
    notes = models.TextField(null=True)
    requirements = ArrayField(models.TextField())
    cancellation_reason = models.TextField(null=True)
    cancelled_by = models.TextField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "booking"


class BookingMove(models.Model):
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="moves")
    became = models.TextField()
    moved_by = models.TextField()
    moved_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "booking_move"
        ordering = ("id",)


class Payment(models.Model):
    id = models.TextField(primary_key=True)
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="payments")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="payments")
    amount_minor = models.BigIntegerField()
    method = models.TextField()
    gateway_payment_id = models.TextField(null=True)
    status = models.TextField()
    captured_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField()
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "payment"
        ordering = ("created_at", "id")


class Review(models.Model):
    booking = models.OneToOneField(Booking, models.PROTECT, related_name="review")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="reviews")
    status = models.TextField()
    rating = models.BigIntegerField()
    title = models.TextField(null=True)
    comment = models.TextField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "review"


class Dispute(models.Model):
    reference = models.TextField()
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="disputes")
    vendor = models.ForeignKey(Vendor, models.PROTECT, null=True, related_name="disputes")
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, related_name="disputes")
    source = models.TextField()
    type = models.TextField()
    category = models.TextField(null=True)
    status = models.TextField()
    priority = models.TextField()
    subject = models.TextField()
    description = models.TextField()
    amount_disputed_minor = models.BigIntegerField()
    refund_requested = models.BooleanField()
    refund_amount_minor = models.BigIntegerField(null=True)
    assigned_to = models.ForeignKey(Staff, models.PROTECT, null=True, db_column="assigned_to")
    resolution_deadline = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True)
    vendor_response = models.TextField(null=True)
    vendor_responded_at = models.DateTimeField(null=True)
    admin_notes = models.TextField(null=True)
    resolution = models.TextField(null=True)
    resolution_type = models.TextField(null=True)
    resolved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    is_live = models.BooleanField()
    urgency = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "dispute"


class DisputeEvidence(models.Model):
    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="evidence")
    type = models.TextField()
    description = models.TextField(null=True)
    filename = models.TextField()
    sender = models.TextField()

    class Meta:
        managed = False
        db_table = "dispute_evidence"
        ordering = ("id",)
