"""Figures of a period, added up from the rows: by day, by method, and the best."""

from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncDay
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.peers.django_rest.models import Booking, Payment

STATUSES = ("pending", "confirmed", "in_progress", "completed", "cancelled", "disputed")
DAY = timedelta(days=1)
BEST = 10


class FiguresView(APIView):
    def period(self):
        asked = self.request.query_params
        begins, last = date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"])
        return begins, last + DAY

    def every_day(self, rows, nothing):
        """Those without a row as zeros."""
        first, past = self.period()
        found = {row["day"].date(): row for row in rows}
        days = (first + n * DAY for n in range((past - first).days))
        return [{"date": day, **nothing, **{**found.get(day, {}), "day": None}} for day in days]


def midnight(day):
    return datetime.combine(day, time.min, UTC)


class BookedView(FiguresView):
    def get(self, request):
        first, past = map(midnight, self.period())
        asked = Booking.objects.filter(created_at__gte=first, created_at__lt=past)
        counts = {
            "total_bookings": Count("id"),
            **{status: Count("id", filter=Q(status=status)) for status in STATUSES},
            "total_value_cents": Sum("amount_minor", default=0),
        }
        rows = asked.annotate(day=TruncDay("created_at", tzinfo=UTC)).values("day").annotate(**counts).order_by("day")
        series = self.every_day(rows, dict.fromkeys(counts, 0))
        best = {"bookings_count": Count("id"), "total_value_cents": Sum("amount_minor")}
        order = ("-bookings_count", "-total_value_cents")
        services = asked.values("service_id", service_name=F("service__name")).annotate(**best)
        vendors = asked.values("vendor_id", vendor_name=F("vendor__display_name")).annotate(**best)
        summary = {name: sum(row[name] for row in series) for name in counts}
        data = {
            "time_series": series,
            "summary": summary,
            "top_services": list(services.order_by(*order, "service_id")[:BEST]),
            "top_vendors": list(vendors.order_by(*order, "vendor_id")[:BEST]),
        }
        return Response({"success": True, "data": data})


class EarnedView(FiguresView):
    def get(self, request):
        first, past = map(midnight, self.period())
        asked = Payment.objects.filter(captured_minor__gt=0, completed_at__gte=first, completed_at__lt=past)
        sums = {"transactions_count": Count("id"), "gross_revenue_cents": Sum("captured_minor", default=0)}
        by_day = asked.annotate(day=TruncDay("completed_at", tzinfo=UTC)).values("day").annotate(**sums)
        series = self.every_day(by_day.order_by("day"), dict.fromkeys(sums, 0))
        best = {"transactions_count": Count("id"), "revenue_cents": Sum("captured_minor")}
        vendors = asked.order_by().values(
            vendor_id=F("booking__vendor_id"), vendor_name=F("booking__vendor__display_name")
        )
        categories = asked.order_by().values(category=F("booking__service__category"))
        data = {
            "time_series": series,
            "summary": {"gross_revenue_cents": sum(row["gross_revenue_cents"] for row in series)},
            "by_payment_method": list(asked.order_by().values("method").annotate(**best)),
            "top_revenue_vendors": list(vendors.annotate(**best).order_by("-revenue_cents")[:BEST]),
            "top_categories": list(categories.annotate(**best).order_by("-revenue_cents")[:BEST]),
        }
        return Response({"success": True, "data": data})
