"""Signing in and staying so: passwords checked, refresh tokens rotated, every attempt recorded.

A refresh token is opaque, kept only as a hash, and good once: using it gives its successor. Using it
again means that two parties hold it, so its whole family ends. Unknown and disabled users, and wrong
passwords, get the same answer after the same time.
"""

import secrets
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from domain.kernel.actors import Role
from runtime.ids import new_id
from runtime.locks import KeyedLocks
from runtime.passwords import is_password
from runtime.problems import Problem
from runtime.tokens import Principal, Tokens, principal

FAILURES_MAX = 5
THROTTLE_MINUTES = 15
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Grant:
    """What a sign-in gives: an access token for ``expires_in_seconds``, and how to get the next."""

    access_token: str
    refresh_token: str
    expires_in_seconds: int


class SignIn:
    """Gives out tokens."""

    def __init__(self, pool: AsyncConnectionPool, tokens: Tokens, refresh_seconds: int) -> None:
        self._pool = pool
        self._tokens = tokens
        self._refresh_seconds = refresh_seconds
        self._locks = KeyedLocks()

    async def with_password(self, email: str, password: str, address: str) -> Grant:
        """Sign in.

        Raises:
            Problem: ``UNAUTHORIZED``; or ``RATE_LIMITED`` after five failures for this user from
                this address within fifteen minutes.
        """
        email = email.lower()
        # One at a time, or many guesses at once would all be made before the first has failed.
        async with self._locks.holding((email, address)):
            return await self._with_password(email, password, address)

    async def _with_password(self, email: str, password: str, address: str) -> Grant:
        async with self._pool.connection() as connection:
            if await _is_throttled(connection, email, address):
                await _record(connection, email, address, "throttled", None)
                retry = (b"retry-after", b"%d" % (THROTTLE_MINUTES * 60))
                raise Problem("RATE_LIMITED", "Too many failed attempts; wait.", headers=[retry])
            cursor = await connection.execute(
                "SELECT id, role, name, email, password_hash FROM auth.users"
                " WHERE lower(email) = %s AND disabled_at IS NULL",
                (email,),
            )
            row = await cursor.fetchone()
        # No connection is held meanwhile: this takes a quarter of a second.
        accepted = await is_password(password, row[4] if row else None)
        async with self._pool.connection() as connection:
            if row is None or not accepted:
                await _record(connection, email, address, "refused", row[0] if row else None)
                raise Problem("UNAUTHORIZED", "The user name or the password is wrong.")
            who = principal(row[0], Role(row[1]), row[2], row[3])
            async with connection.transaction():
                await _record(connection, email, address, "accepted", who.id)
                return await self._grant(connection, who, new_id())

    async def with_refresh_token(self, token: str) -> Grant:
        """Change a refresh token for its successor.

        Raises:
            Problem: ``UNAUTHORIZED``, also when the token was used before, which ends its family.
        """
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(
                "SELECT t.family, t.used_at IS NULL AND t.revoked_at IS NULL AS unused,"
                " t.expires_at > now() AND u.disabled_at IS NULL AS good,"
                " u.id, u.role, u.name, u.email"
                " FROM auth.refresh_tokens t JOIN auth.users u ON u.id = t.user_id"
                " WHERE t.hash = %s FOR UPDATE OF t",
                (_hash(token),),
            )
            row = await cursor.fetchone()
            if row is not None and row[1] and row[2]:
                await connection.execute(
                    "UPDATE auth.refresh_tokens SET used_at = now() WHERE hash = %s",
                    (_hash(token),),
                )
                who = principal(row[3], Role(row[4]), row[5], row[6])
                return await self._grant(connection, who, row[0])
            if row is not None and not row[1]:
                await _end(connection, row[0])
        # Only now: raised inside, this would take the end of the family back.
        raise Problem("UNAUTHORIZED", "The refresh token is not valid; sign in again.")

    async def out(self, token: str) -> None:
        """Sign out: the token's family ends. An unknown token changes nothing and is not told."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT family FROM auth.refresh_tokens WHERE hash = %s", (_hash(token),)
            )
            row = await cursor.fetchone()
            if row is not None:
                await _end(connection, row[0])

    async def _grant(
        self, connection: AsyncConnection[TupleRow], who: Principal, family: UUID
    ) -> Grant:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        await connection.execute(
            "INSERT INTO auth.refresh_tokens (hash, family, user_id, expires_at)"
            " VALUES (%s, %s, %s, now() + make_interval(secs => %s))",
            (_hash(token), family, who.id, self._refresh_seconds),
        )
        await connection.execute(
            "DELETE FROM auth.refresh_tokens WHERE user_id = %s AND expires_at < now()", (who.id,)
        )
        return Grant(self._tokens.issue(who), token, self._tokens.lifetime_seconds)


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


async def _is_throttled(connection: AsyncConnection[TupleRow], email: str, address: str) -> bool:
    """Whether the failures since the last success, lately, are too many."""
    cursor = await connection.execute(
        "SELECT count(*) >= %(max)s FROM auth.sign_in_attempts"
        " WHERE email = %(email)s AND address = %(address)s AND outcome = 'refused'"
        " AND at > greatest(now() - make_interval(mins => %(minutes)s), ("
        "   SELECT max(at) FROM auth.sign_in_attempts WHERE email = %(email)s"
        "   AND address = %(address)s AND outcome = 'accepted'))",
        {"max": FAILURES_MAX, "email": email, "address": address, "minutes": THROTTLE_MINUTES},
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def _record(
    connection: AsyncConnection[TupleRow],
    email: str,
    address: str,
    outcome: str,
    user_id: UUID | None,
) -> None:
    await connection.execute(
        "INSERT INTO auth.sign_in_attempts (email, address, outcome, user_id)"
        " VALUES (%s, %s, %s, %s)",
        (email, address, outcome, user_id),
    )


async def _end(connection: AsyncConnection[TupleRow], family: UUID) -> None:
    await connection.execute(
        "UPDATE auth.refresh_tokens SET revoked_at = now() WHERE family = %s AND revoked_at IS NULL",
        (family,),
    )
