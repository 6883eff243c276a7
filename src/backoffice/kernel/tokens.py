"""Access and refresh tokens: JWT signed with HS256, the product as audience, the session's id inside."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from backoffice.kernel.errors import Unauthenticated

Kind = Literal["access", "refresh"]
ALGORITHM = "HS256"
MOST_REMEMBERED, REMEMBERED_SECONDS = 1_000, 5.0


@dataclass(frozen=True, slots=True)
class Claims:
    """What a genuine, unexpired token says. Whether its session still lives, the database says."""

    staff_id: int
    username: str
    role: str
    product: str
    session_id: str
    token_id: str


@dataclass(frozen=True, slots=True)
class Token:
    """What stands in a token that we signed, whatever its kind, its product and its age."""

    kind: str
    expires_at: float
    claims: Claims


class TokenExpired(Unauthenticated):
    """Invalid or expired token"""

    session_id: str


class Tokens:
    """Signs and reads tokens. Those just read are remembered for a moment: a page of the dashboard sends one a dozen
    times, and its signature costs more than all other looks at it.
    """

    def __init__(self, secret: str) -> None:
        self._key = OctKey.import_key(secret)
        self._remembered: dict[str, Token] = {}
        self._forget_at = 0.0

    def issue(self, kind: Kind, product: str, *, lifetime: timedelta, claims: dict[str, Any]) -> str:
        now = datetime.now(UTC)
        times = {"iat": int(now.timestamp()), "exp": int((now + lifetime).timestamp())}
        payload = {**claims, "token_type": kind, "aud": product, **times}
        return jwt.encode({"alg": ALGORITHM}, payload, self._key, algorithms=[ALGORITHM])

    def read(self, kind: Kind, token: str, *, product: str) -> Claims:
        """What the token says. Unauthenticated where it is forged, of another kind or product; TokenExpired if old."""
        signed = self._recall(token) or self._remember(token)
        if signed.kind != kind or signed.claims.product != product:
            raise Unauthenticated
        if signed.expires_at <= time.time():
            raise TokenExpired(session_id=signed.claims.session_id)
        return signed.claims

    def _recall(self, token: str) -> Token | None:
        now = time.monotonic()
        if now >= self._forget_at or len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
            self._forget_at = now + REMEMBERED_SECONDS
        return self._remembered.get(token)

    def _remember(self, token: str) -> Token:
        """What a token says that was not remembered; it is, where we signed it."""
        try:
            said = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            claims = Claims(
                staff_id=said["user_id"],
                username=said["username"],
                role=said.get("role", ""),
                product=said["aud"],
                session_id=str(UUID(said["sid"])),
                token_id=said.get("jti", ""),
            )
            signed = Token(said["token_type"], 0.0 + said["exp"], claims)
        except (JoseError, KeyError, ValueError, TypeError, AttributeError) as exc:
            raise Unauthenticated from exc
        self._remembered[token] = signed
        return signed
