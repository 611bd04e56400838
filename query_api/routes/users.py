"""Who is signed in, and, for administrators, who may sign in."""

from typing import Literal

import orjson
from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid

from domain.access import Right
from domain.kernel.actors import Role
from domain.kernel.errors import NotFound
from query_api.database import Database
from query_api.examples import PAGE
from query_api.paging import Listing, PageParams, Stored, Versioned, as_stored, where
from runtime.http import Answer, Call, Router
from runtime.users import USER

router = Router("users")

USERS = Table(
    "users",
    MetaData(schema="auth"),
    Column("id", Uuid),
    Column("email", Text),
    Column("name", Text),
    Column("role", Text),
    Column("created_at", DateTime(timezone=True)),
)

# As `runtime.users` renders it: the role of this process may read no other column.
_INSTANT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
_SHOWN = (
    "json_build_object('id', users.id, 'email', users.email, 'name', users.name,"
    " 'role', users.role, 'version', users.version,"
    f" 'created_at', {_INSTANT.format('users.created_at')},"
    f" 'disabled_at', {_INSTANT.format('users.disabled_at')})::text"
)
LISTING = Listing(
    row=Stored,
    table=USERS,
    columns={"body": _SHOWN},
    sorts={
        "email": (USERS.c.email, USERS.c.id),
        "name": (USERS.c.name, USERS.c.id),
        "role": (USERS.c.role, USERS.c.id),
        "created_at": (USERS.c.created_at, USERS.c.id),
    },
)

_ME = f"SELECT {_SHOWN} AS body, version FROM auth.users WHERE id = %s"  # noqa: S608  # constant text
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
    me = await database.row(Versioned, _ME, (call.principal.id,))
    if me is None:
        raise NotFound("user")
    return Answer(orjson.Fragment(me.body), version=me.version)


@router.get("/users", "list_users", right=Right.ADMINISTER, example=[USER], meta=PAGE)
async def list_users(query: UserList, database: Database) -> Answer:
    """Everybody who may sign in, or once might."""
    role = query.role.value if query.role else None
    total = await database.number(_COUNT, {"role": role})
    condition = where(role=("users.role = %(role)s", role))
    return as_stored(await LISTING.page(database, query, condition, total))
