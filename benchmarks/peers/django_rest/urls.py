"""The addresses, as the product has them."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from benchmarks.peers.django_rest.views import BookingViewSet, CustomerViewSet, DisputeViewSet

router = DefaultRouter(trailing_slash=False)
router.register("users", CustomerViewSet)
router.register("disputes", DisputeViewSet)
router.register("bookings", BookingViewSet)
urlpatterns = [path("marketplace/api/v1/admin/", include(router.urls))]
