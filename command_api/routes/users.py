"""Users: made, amended and disabled by administrators."""

from collections.abc import Collection
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from command_api.answers import AnswersByKey
from domain.access import Right
from domain.kernel.actors import Role
from runtime.http import Answer, Body, Call, Router, Text, UserId, example
from runtime.passwords import BYTES_MAX, CHARS_MIN, fits, hash_password
from runtime.problems import Problem
from runtime.users import USER, USER_EXISTS, User, Users, user_resource

router = Router("users")


def _not_system(role: Role) -> Role:
    if role is Role.SYSTEM:
        raise ValueError("nobody signs in as the system")
    return role


def _not_too_long(password: str) -> str:
    if not fits(password):
        raise ValueError(f"a password has at most {BYTES_MAX} bytes")
    return password


Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$"
    ),
]
Password = Annotated[str, Field(min_length=CHARS_MIN), AfterValidator(_not_too_long)]
UserRole = Annotated[Role, AfterValidator(_not_system)]


class NewUser(Body):
    """A user to be."""

    model_config = example(
        {
            "email": "servicing@demo.test",
            "name": "Sergio Blake",
            "role": "servicing",
            "password": "correct horse battery",
        }
    )

    id: UserId | None = None
    email: Email
    name: Text
    role: UserRole
    password: Password


class AmendedUser(Body):
    """What changes; what is absent stays."""

    model_config = example({"role": "servicing"})

    name: Text | None = None
    role: UserRole | None = None
    password: Password | None = None


@router.post(
    "/users",
    "create_user",
    right=Right.ADMINISTER,
    status=201,
    example=USER,
    refuses={USER_EXISTS},
)
async def create_user(body: NewUser, call: Call, users: Users, answers: AnswersByKey) -> Answer:
    """Create a user."""

    async def create() -> Answer:
        if call.if_match is not None:
            raise Problem("STALE", "A user to be made has no version yet.")
        # Under a key the id follows from it, so that a repeat after a crash finds the same user.
        user_id = body.id or call.command_id
        hashed = await hash_password(body.password)
        user = await users.create(user_id, body.email, body.name, body.role, hashed)
        return _answer(user, location=True)

    return await answers.once(call, 201, create)


@router.patch("/users/{user_id}", "amend_user", right=Right.ADMINISTER, example=USER)
async def amend_user(
    user_id: UUID, body: AmendedUser, call: Call, users: Users, answers: AnswersByKey
) -> Answer:
    """Amend a user; a new role or password ends their sessions."""

    async def amend() -> Answer:
        hashed = await hash_password(body.password) if body.password else None
        return _answer(
            await users.amend(
                user_id,
                name=body.name,
                role=body.role,
                hashed=hashed,
                if_versions=_versions(call),
            )
        )

    return await answers.once(call, 200, amend)


@router.delete("/users/{user_id}", "disable_user", right=Right.ADMINISTER, example=USER)
async def disable_user(user_id: UUID, call: Call, users: Users, answers: AnswersByKey) -> Answer:
    """Disable a user: they sign in no more, and what they did stays theirs."""

    async def disable() -> Answer:
        return _answer(await users.disable(user_id, if_versions=_versions(call)))

    return await answers.once(call, 200, disable)


def _versions(call: Call) -> Collection[int] | None:
    return None if call.if_match is None else call.if_match.named


def _answer(user: User, *, location: bool = False) -> Answer:
    return Answer(
        user_resource(user),
        version=user.version,
        location=f"/api/v1/users/{user.id}" if location else None,
    )
