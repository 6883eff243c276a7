"""The views: an exact count for every list, related rows joined or prefetched, who looked at a customer kept."""

import hashlib
import uuid
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.shortcuts import get_object_or_404
from rest_framework.decorators import action
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from benchmarks.peers.django_rest.bookings import BookingDetailSerializer, BookingSerializer
from benchmarks.peers.django_rest.models import AuditEntry, Booking, Customer, Dispute
from benchmarks.peers.django_rest.serializers import (
    CustomerDetailSerializer,
    CustomersBookingSerializer,
    CustomerSerializer,
    DisputeSerializer,
)

STATUSES = ("pending", "confirmed", "in_progress", "completed", "cancelled", "disputed")
DISPUTE_STATUSES = ("open", "in_progress", "resolved", "closed", "rejected")


class Page(PageNumberPagination):
    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100

    def get_paginated_response(self, data):
        return Response({"success": True, "data": self.shown(data)})

    def shown(self, data):
        return {
            "items": data,
            "total": self.page.paginator.count,
            "page": self.page.number,
            "page_size": self.get_page_size(self.request),
            "total_pages": self.page.paginator.num_pages,
            "has_next": self.page.has_next(),
            "has_prev": self.page.has_previous(),
        }


class PageOf25(Page):
    page_size = 25

    def get_paginated_response(self, data):
        shown = self.shown(data)
        return Response({"success": True, "data": shown.pop("items"), "meta": shown})


class CustomerViewSet(ReadOnlyModelViewSet):
    queryset = Customer.objects.order_by("-registered_at", "-id")
    serializer_class = CustomerSerializer
    pagination_class = Page

    def retrieve(self, request, *args, **kwargs):
        with transaction.atomic():
            customer = self.get_object()
            shown = CustomerDetailSerializer(customer).data
            self.keep_look(request, customer)
        return Response({"success": True, "data": shown})

    def keep_look(self, request, customer):
        facts = {
            "at": datetime.now(UTC),
            "product": "marketplace",
            "actor_kind": "staff",
            "actor_id": request.user.id,
            "actor_label": request.user.username,
            "action": "user.viewed",
            "subject": f"user:{customer.id}",
            "data_subject": f"customer:{customer.id}",
            "address": request.META["REMOTE_ADDR"],
            "agent": request.META.get("HTTP_USER_AGENT", ""),
            "request_id": str(uuid.uuid4()),
        }
        digest = hashlib.sha256(repr(sorted(facts.items())).encode()).digest()
        AuditEntry.objects.create(id=uuid.uuid4(), digest=digest, **facts)

    @action(detail=True)
    def bookings(self, request, pk):
        customer = get_object_or_404(Customer, pk=pk)
        disputes = Dispute.objects.filter(booking=OuterRef("pk"))
        asked = customer.bookings.select_related("service", "vendor", "review").annotate(has_dispute=Exists(disputes))
        page = self.paginate_queryset(asked.order_by("-created_at", "-id"))
        back = Q(payment_status="refunded")
        summary = customer.bookings.aggregate(
            **{status: Count("id", filter=Q(status=status) & ~back) for status in STATUSES},
            refunded=Count("id", filter=back),
            total_amount=Sum("amount_minor", filter=~Q(status="cancelled"), default=0),
        )
        shown = self.paginator.shown(CustomersBookingSerializer(page, many=True).data)
        return Response({"success": True, "data": {**shown, "summary": {"total": shown["total"], **summary}}})


class DisputeViewSet(ReadOnlyModelViewSet):
    queryset = (
        Dispute.objects.select_related("customer", "vendor", "booking", "assigned_to")
        .prefetch_related("evidence")
        .order_by("-is_live", "-urgency", "resolution_deadline", "id")
    )
    serializer_class = DisputeSerializer
    pagination_class = Page

    def list(self, request, *args, **kwargs):
        answer = super().list(request, *args, **kwargs)
        live, late = Q(status__in=("open", "in_progress")), Q(resolution_deadline__lt=datetime.now(UTC))
        answer.data["data"]["summary"] = Dispute.objects.aggregate(
            **{status: Count("id", filter=Q(status=status)) for status in DISPUTE_STATUSES},
            urgent=Count("id", filter=live & Q(priority="urgent")),
            unassigned=Count("id", filter=live & Q(assigned_to=None)),
            overdue=Count("id", filter=live & late),
            mine=Count("id", filter=live & Q(assigned_to=request.user.id)),
        )
        return answer


class BookingViewSet(ReadOnlyModelViewSet):
    queryset = Booking.objects.select_related("customer", "vendor", "service").order_by("-created_at", "-id")
    serializer_class = BookingSerializer
    pagination_class = PageOf25

    def get_queryset(self):
        asked = super().get_queryset().prefetch_related("disputes")
        if status := self.request.query_params.get("status"):
            asked = asked.filter(status=status).exclude(payment_status="refunded")
        if self.action == "retrieve":
            return asked.select_related("review").prefetch_related("moves", "payments")
        return asked

    def retrieve(self, request, *args, **kwargs):
        return Response({"success": True, "data": BookingDetailSerializer(self.get_object()).data})
