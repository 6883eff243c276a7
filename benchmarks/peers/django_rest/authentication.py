"""Who asks: the token of the product, and a session that still lives."""

from datetime import UTC, datetime

import jwt
from django.conf import settings
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from benchmarks.peers.django_rest.models import Session

ACCESS = "access"


class SessionAuthentication(BaseAuthentication):
    """A signed token, and one look at its session with the person and their membership."""

    def authenticate(self, request):
        kind, _, token = get_authorization_header(request).decode().partition(" ")
        if kind != "Bearer":
            return None
        try:
            claims = jwt.decode(token, settings.TOKEN_SECRET, algorithms=["HS256"], audience="marketplace")
        except jwt.InvalidTokenError as error:
            raise AuthenticationFailed from error
        session = (
            Session.objects.select_related("staff")
            .filter(
                id=claims["sid"],
                product="marketplace",
                ended_at=None,
                expires_at__gt=datetime.now(UTC),
                staff__membership__product="marketplace",
                staff__membership__is_active=True,
                staff__membership__role=claims["role"],
            )
            .first()
        )
        if session is None or claims["token_type"] != ACCESS:
            raise AuthenticationFailed
        return session.staff, claims

    def authenticate_header(self, request):
        return "Bearer"
