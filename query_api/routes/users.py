"""Who is signed in, and, for administrators, who may sign in."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec.structs import asdict
from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, Uuid

from domain.access import Right
from domain.kernel.actors import Role
from domain.kernel.errors import NotFound
from query_api.database import Database, Row
from query_api.paging import Listing, PageParams, where
from runtime.http import PAGE, Answer, Call, Router
from runtime.users import USER, UserResource

router = Router("users")

# As far as this process may read it: not the password's hash.
USERS = Table(
    "users",
    MetaData(schema="auth"),
    Column("id", Uuid),
    Column("email", Text),
    Column("name", Text),
    Column("role", Text),
    Column("version", Integer),
    Column("created_at", DateTime(timezone=True)),
    Column("disabled_at", DateTime(timezone=True)),
)


class _User(Row):
    id: UUID
    email: str
    name: str
    role: str
    version: int
    created_at: datetime
    disabled_at: datetime | None


LISTING = Listing(
    row=_User,
    table=USERS,
    sorts={
        "email": (USERS.c.email, USERS.c.id),
        "name": (USERS.c.name, USERS.c.id),
        "role": (USERS.c.role, USERS.c.id),
        "created_at": (USERS.c.created_at, USERS.c.id),
    },
)

_ME = f"SELECT {', '.join(_User.__struct_fields__)} FROM auth.users WHERE id = %s"  # noqa: S608  # constant columns
# Staff are few: this is the one list that is counted by counting.
_COUNT = (
    "SELECT count(*) AS number FROM auth.users WHERE (%(role)s::text IS NULL OR role = %(role)s)"
)


class UserList(PageParams):
    """How users are listed."""

    sort_by: Literal["email", "name", "role", "created_at"] = "email"
    role: Role | None = None


@router.get("/auth/me", "get_me", right=Right.SELF, example=USER)
async def get_me(call: Call, database: Database) -> Answer:
    """Whoever holds the token."""
    me = await database.row(_User, _ME, (call.principal.id,))
    if me is None:
        raise NotFound("user")
    return Answer(_shown(me), version=me.version)


@router.get("/users", "list_users", right=Right.ADMINISTER, example=[USER], meta=PAGE)
async def list_users(query: UserList, database: Database) -> Answer:
    """Everybody who may sign in, or once might."""
    role = query.role.value if query.role else None
    total = await database.number(_COUNT, {"role": role})
    condition = where(role=("users.role = %(role)s", role))
    page = await LISTING.page(database, query, condition, total)
    return Answer([_shown(user) for user in page.rows], page.meta)


def _shown(user: _User) -> UserResource:
    return UserResource(**{**asdict(user), "role": Role(user.role)})
