"""Access and refresh tokens: JWT signed with HS256, the product as audience, the session's id inside."""

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


@dataclass(frozen=True, slots=True)
class Claims:
    """What a genuine, unexpired token says. Whether its session still lives, the database says."""

    staff_id: int
    username: str
    role: str
    product: str
    session_id: str
    token_id: str


class TokenExpired(Unauthenticated):
    """Invalid or expired token"""

    session_id: str


class Tokens:
    def __init__(self, secret: str) -> None:
        self._key = OctKey.import_key(secret)

    def issue(self, kind: Kind, product: str, *, lifetime: timedelta, claims: dict[str, Any]) -> str:
        now = datetime.now(UTC)
        times = {"iat": int(now.timestamp()), "exp": int((now + lifetime).timestamp())}
        payload = {**claims, "token_type": kind, "aud": product, **times}
        return jwt.encode({"alg": ALGORITHM}, payload, self._key, algorithms=[ALGORITHM])

    def read(self, kind: Kind, token: str, *, product: str) -> Claims:
        """What the token says. Unauthenticated where it is forged, of another kind or product; TokenExpired if old."""
        try:
            said = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            if said["token_type"] != kind or said["aud"] != product:
                raise Unauthenticated
            claims = Claims(
                staff_id=said["user_id"],
                username=said["username"],
                role=said.get("role", ""),
                product=product,
                session_id=str(UUID(said["sid"])),
                token_id=said.get("jti", ""),
            )
            if said["exp"] <= datetime.now(UTC).timestamp():
                raise TokenExpired(session_id=claims.session_id)
            return claims
        except (JoseError, KeyError, ValueError, TypeError, AttributeError) as exc:
            raise Unauthenticated from exc
