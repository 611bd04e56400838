"""``drawbridge users``: accounts, from a shell on the server."""

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from deploy.cli.output import DryRun, Json, notes, print_json
from deploy.errors import RefusedError
from domain.kernel.actors import Role

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool

    from runtime.users import User, Users

app = typer.Typer(help="Create, disable and reset accounts.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="Address the user signs in with.")]
PasswordStdin = Annotated[
    bool,
    typer.Option(
        "--password-stdin", help="Read the password from standard input; else one is made."
    ),
]


@app.command()
def create(
    email: Email,
    role: Annotated[Role, typer.Option(help="Role of the access matrix.")],
    name: Annotated[str, typer.Option(help="Name as shown to others.")],
    password_stdin: PasswordStdin = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Create an account; without a password given, one is made and shown once."""
    from runtime.ids import new_id
    from runtime.passwords import hash_password

    if role is Role.SYSTEM:
        raise RefusedError("Nobody signs in as the system.")
    password = _password(password_stdin)
    if dry_run:
        notes.print(f"would create {email} as {role}")
        return

    async def work(users: "Users", _: "AsyncConnectionPool") -> "User":
        return await users.create(new_id(), email, name, role, await hash_password(password))

    _show(_with_users(work), as_json, None if password_stdin else password)


@app.command()
def disable(email: Email, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Let a user sign in no more, and end their sessions."""

    async def work(users: "Users", pool: "AsyncConnectionPool") -> "User":
        user_id = await _find(pool, email)
        return await (users.get(user_id) if dry_run else users.disable(user_id))

    _show(_with_users(work), as_json, None)
    if dry_run:
        notes.print(f"would disable {email}")


@app.command()
def reset(
    email: Email,
    password_stdin: PasswordStdin = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give a user a new password, and end their sessions."""
    from runtime.passwords import hash_password

    password = _password(password_stdin)

    async def work(users: "Users", pool: "AsyncConnectionPool") -> "User":
        user_id = await _find(pool, email)
        if dry_run:
            return await users.get(user_id)
        return await users.amend(user_id, hashed=await hash_password(password))

    user = _with_users(work)
    if dry_run:
        notes.print(f"would give {email} a new password")
        return
    _show(user, as_json, None if password_stdin else password)


def _password(from_stdin: bool) -> str:
    from runtime.passwords import BYTES_MAX, CHARS_MIN, fits

    if not from_stdin:
        return secrets.token_urlsafe(16)
    password = sys.stdin.readline().rstrip("\n")
    if len(password) < CHARS_MIN or not fits(password):
        raise RefusedError(f"A password has {CHARS_MIN} to {BYTES_MAX} characters.")
    return password


def _with_users(work: "Callable[[Users, AsyncConnectionPool], Awaitable[User]]") -> "User":
    from deploy.cli.place import load_settings
    from runtime.postgres import pool
    from runtime.users import Users

    async def run() -> "User":
        async with pool(load_settings(), "command", max_size=1) as connections:
            return await work(Users(connections), connections)

    return asyncio.run(run())


async def _find(pool: "AsyncConnectionPool", email: str) -> UUID:
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT id FROM auth.users WHERE lower(email) = lower(%s)", (email,)
        )
        row = await cursor.fetchone()
    if row is None:
        raise RefusedError(f"There is no user {email}.")
    user_id: UUID = row[0]
    return user_id


def _show(user: "User", as_json: bool, password: str | None) -> None:
    from dataclasses import asdict

    shown = asdict(user) | ({"password": password} if password else {})
    if as_json:
        print_json(shown)
        return
    state = "disabled" if user.disabled_at else "active"
    print(f"{user.email}\t{user.role}\t{state}\t{user.id}")
    if password:
        print(f"password\t{password}")
