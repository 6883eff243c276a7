"""The addresses, as the product has them."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from benchmarks.peers.django_rest.analytics import BookedView, EarnedView
from benchmarks.peers.django_rest.views import BookingViewSet, CustomerViewSet, DisputeViewSet

router = DefaultRouter(trailing_slash=False)
router.register("users", CustomerViewSet)
router.register("disputes", DisputeViewSet)
router.register("bookings", BookingViewSet)
urlpatterns = [
    path("marketplace/api/v1/admin/analytics/bookings", BookedView.as_view()),
    path("marketplace/api/v1/admin/analytics/revenue", EarnedView.as_view()),
    path("marketplace/api/v1/admin/", include(router.urls)),
]
