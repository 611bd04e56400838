"""Access tokens: signed, short-lived, and verified once each.

One algorithm (HS256), keys by ``kid`` so that they rotate with an overlap: the first of the
settings signs, all of them verify. Whatever else a token claims about how to read it is ignored.
A verified token is remembered by its text until it expires, because checking a signature costs
more than deciding a draw.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import jwt
from pydantic import SecretStr

from domain.kernel.actors import Actor, Role

ALGORITHM = "HS256"
ISSUER = "drawbridge"
AUDIENCE = "drawbridge-api"
TYPE = "access"
CLOCK_SKEW_SECONDS = 5
TOKEN_CHARS_MAX = 2048
REMEMBERED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Principal:
    """Who signed in; ``key`` names them where a text is wanted, such as to count requests."""

    id: UUID
    role: Role
    name: str
    email: str
    actor: Actor
    key: str


def principal(id: UUID, role: Role, name: str, email: str) -> Principal:
    """A principal with what follows from it, made once a token instead of once a request."""
    return Principal(id, role, name, email, Actor(id, role), f"user:{id}")


class BadToken(Exception):
    """The token does not prove who asks."""


class Tokens:
    """Issues and verifies access tokens."""

    def __init__(self, keys: Mapping[str, SecretStr], lifetime: timedelta) -> None:
        """Take the keys by ``kid``, the signing one first, and how long a token is good for."""
        self._keys = {kid: key.get_secret_value() for kid, key in keys.items()}
        self._signing = next(iter(self._keys))
        self.lifetime_seconds = int(lifetime.total_seconds())
        self._verified: dict[str, tuple[float, Principal]] = {}

    def issue(self, who: Principal) -> str:
        """A signed access token for a principal."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(who.id),
            "iat": now,
            "nbf": now,
            "exp": now + self.lifetime_seconds,
            "typ": TYPE,
            "role": who.role.value,
            "name": who.name,
            "email": who.email,
        }
        headers = {"kid": self._signing}
        return jwt.encode(claims, self._keys[self._signing], ALGORITHM, headers)

    def verify(self, token: str) -> Principal:
        """Who a token belongs to.

        Raises:
            BadToken: it is malformed, of another key, algorithm, audience or type, or expired.
        """
        known = self._verified.get(token)
        if known is not None:
            expires_at, who = known
            if time.time() < expires_at:
                return who
            del self._verified[token]
            raise BadToken("the access token has expired")
        expires_at, who = self._check(token)
        if len(self._verified) >= REMEMBERED_MAX:
            self._verified.clear()  # Only a cache: each is simply checked once more.
        self._verified[token] = (expires_at, who)
        return who

    def _check(self, token: str) -> tuple[float, Principal]:
        if len(token) > TOKEN_CHARS_MAX:
            raise BadToken("the access token is too long")
        try:
            key = self._keys[jwt.get_unverified_header(token)["kid"]]
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=CLOCK_SKEW_SECONDS,
                options={"require": ["exp", "nbf", "iat", "iss", "aud", "sub"]},
            )
            if claims.get("typ") != TYPE:
                raise BadToken("this is not an access token")
            role = Role(claims["role"])
            if role is Role.SYSTEM:
                raise BadToken("nobody signs in as the system")
            who = principal(UUID(claims["sub"]), role, str(claims["name"]), str(claims["email"]))
            return float(claims["exp"]) + CLOCK_SKEW_SECONDS, who
        except jwt.ExpiredSignatureError:
            raise BadToken("the access token has expired") from None
        except (jwt.PyJWTError, KeyError, ValueError, TypeError):
            raise BadToken("the access token is not valid") from None
