"""Who may sign in: the table of users, and the demonstration's."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool

from domain.kernel.actors import Role
from domain.kernel.errors import Conflict, Ground, NotFound
from domain.kernel.resource import Resource
from runtime.passwords import hash_password
from runtime.problems import Problem
from runtime.settings import Environment
from runtime.tokens import Principal, principal

DEMO_PASSWORD = "drawbridge-demo"  # noqa: S105  # shown to everybody, and made in development only
DEMO_NAMESPACE = UUID("5b1d8d7e-5c0a-5d4e-8f5e-0d3a7b9c2e11")
USER_EXISTS = Ground("USER_EXISTS", "Another user has this id or this address.", "", Conflict)

_COLUMNS = "id, email, name, role, version, created_at, disabled_at"
_BY_ID = f"SELECT {_COLUMNS} FROM auth.users WHERE id = %s"  # noqa: S608  # constant columns


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account; ``disabled_at`` when they may no longer sign in."""

    id: UUID
    email: str
    name: str
    role: str
    version: int
    created_at: datetime
    disabled_at: datetime | None

    @property
    def principal(self) -> Principal:
        """Who they are to the rest of the system."""
        return principal(self.id, Role(self.role), self.name, self.email)


class UserResource(Resource):
    """Somebody with an account, without the password's hash; disabled, they may not sign in."""

    id: UUID
    email: str
    name: str
    role: Role
    version: int
    created_at: datetime
    disabled_at: datetime | None


def user_resource(user: User) -> UserResource:
    """The user as they stand."""
    return UserResource(
        id=user.id,
        email=user.email,
        name=user.name,
        role=Role(user.role),
        version=user.version,
        created_at=user.created_at,
        disabled_at=user.disabled_at,
    )


USER = UserResource(
    id=UUID("9f3c1f8e-6a52-5c4b-8f0a-1d2e3c4b5a69"),
    email="servicing@demo.test",
    name="Sergio Blake",
    role=Role.SERVICING,
    version=1,
    created_at=datetime(2025, 1, 15, 9, 30, tzinfo=UTC),
    disabled_at=None,
)
"""One user, as the documentation of both APIs shows them."""


class Users:
    """The accounts, as administrators change them."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool

    async def get(self, user_id: UUID) -> User:
        """One user.

        Raises:
            NotFound: there is none with this id.
        """
        found = await self._one(_BY_ID, (user_id,))
        if found is None:
            raise NotFound("user")
        return found

    async def create(self, user_id: UUID, email: str, name: str, role: Role, hashed: str) -> User:
        """Add a user; the same user again changes nothing.

        Args:
            user_id: chosen by the caller.
            email: unique, whatever its case.
            name: as shown to others.
            role: of the access matrix.
            hashed: what `runtime.passwords.hash_password` made of the password.

        Raises:
            Conflict: ``USER_EXISTS``, when the id or the address is somebody else's.
        """
        try:
            made = await self._one(
                f"INSERT INTO auth.users (id, email, name, role, password_hash)"  # noqa: S608  # constant columns
                f" VALUES (%s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING RETURNING {_COLUMNS}",
                (user_id, email, name, role.value, hashed),
            )
        except UniqueViolation:
            raise USER_EXISTS("Somebody else has this address.") from None
        if made is not None:
            return made
        known = await self.get(user_id)
        if (known.email.lower(), known.name, known.role) != (email.lower(), name, role.value):
            raise USER_EXISTS("This id belongs to somebody else.")
        return known

    async def amend(
        self,
        user_id: UUID,
        *,
        name: str | None = None,
        role: Role | None = None,
        hashed: str | None = None,
        if_versions: Collection[int] | None = None,
    ) -> User:
        """Change what is given; a new role or password ends the user's sessions.

        Raises:
            NotFound: there is no such user.
            Problem: ``STALE``, when the version is none of ``if_versions``.
        """
        among = None if if_versions is None else list(if_versions)
        async with self._pool.connection() as connection, connection.transaction():
            cursor = connection.cursor(row_factory=class_row(User))
            await cursor.execute(
                f"UPDATE auth.users SET name = coalesce(%s, name), role = coalesce(%s, role),"  # noqa: S608  # constant columns
                f" password_hash = coalesce(%s, password_hash), version = version + 1"
                f" WHERE id = %s AND (%s::int[] IS NULL OR version = ANY(%s)) RETURNING {_COLUMNS}",
                (name, role.value if role else None, hashed, user_id, among, among),
            )
            amended = await cursor.fetchone()
            if amended is not None and (role is not None or hashed is not None):
                await connection.execute(_END_SESSIONS, (user_id,))
        return amended or await self._not_amended(user_id)

    async def disable(self, user_id: UUID, *, if_versions: Collection[int] | None = None) -> User:
        """Let a user sign in no more, and end their sessions; doing it twice changes nothing.

        Raises:
            NotFound: there is no such user.
            Problem: ``STALE``, when the version is none of ``if_versions``.
        """
        among = None if if_versions is None else list(if_versions)
        async with self._pool.connection() as connection, connection.transaction():
            cursor = connection.cursor(row_factory=class_row(User))
            await cursor.execute(
                f"UPDATE auth.users SET disabled_at = coalesce(disabled_at, now()),"  # noqa: S608  # constant columns
                f" version = version + (disabled_at IS NULL)::int"
                f" WHERE id = %s AND (%s::int[] IS NULL OR version = ANY(%s)) RETURNING {_COLUMNS}",
                (user_id, among, among),
            )
            disabled = await cursor.fetchone()
            if disabled is not None:
                await connection.execute(_END_SESSIONS, (user_id,))
        return disabled or await self._not_amended(user_id)

    async def _not_amended(self, user_id: UUID) -> User:
        known = await self.get(user_id)
        raise Problem("STALE", f"It is at version {known.version} now.")

    async def _one(self, statement: str, arguments: tuple[object, ...]) -> User | None:
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(User))
            await cursor.execute(statement, arguments)
            return await cursor.fetchone()


_END_SESSIONS = (
    "UPDATE auth.refresh_tokens SET revoked_at = now() WHERE user_id = %s AND revoked_at IS NULL"
)

DEMO_USERS: tuple[tuple[str, str, Role], ...] = (
    ("admin", "Ada Moreno", Role.ADMIN),
    ("acquisitions", "Quentin Hale", Role.ACQUISITIONS),
    ("design", "Della Voss", Role.DESIGN),
    ("entitlement", "Enid Tran", Role.ENTITLEMENT),
    ("servicing", "Sergio Blake", Role.SERVICING),
    ("servicing2", "Selma Ortiz", Role.SERVICING),
    ("auditor", "Audrey Lin", Role.AUDITOR),
    ("builder1", "Bram Keller", Role.BUILDER),
    ("builder2", "Bianca Stone", Role.BUILDER),
)


def demo_user_id(name: str) -> UUID:
    """The id of a demonstration user, such as ``builder1``: the same everywhere."""
    return uuid5(DEMO_NAMESPACE, f"{name}@demo.test")


async def create_demo_users(pool: AsyncConnectionPool, environment: Environment) -> None:
    """Make the demonstration's users, one or two a role, unless they are there.

    Raises:
        RuntimeError: outside development, where nobody may have a known password.
    """
    if environment is not Environment.DEVELOPMENT:
        raise RuntimeError("demonstration users are made in development only")
    users = Users(pool)
    # One hash for all: making nine would take two seconds of every first start.
    hashed = await hash_password(DEMO_PASSWORD)
    for name, full_name, role in DEMO_USERS:
        await users.create(demo_user_id(name), f"{name}@demo.test", full_name, role, hashed)
