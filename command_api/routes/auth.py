"""Signing in, staying signed in, and signing out."""

from typing import Annotated, Literal

from pydantic import Field

from domain.access import Right
from domain.kernel.resource import Resource
from runtime.http import Answer, Body, Call, Router, example
from runtime.sign_in import Grant, SignIn

router = Router("sign-in")


class TokensResource(Resource, kw_only=True):
    """What signs requests for ``expires_in`` seconds, and what is changed for the next."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  # a word of RFC 6749
    expires_in: int


class SignedOutResource(Resource):
    """That nobody is signed in by that token any more."""

    signed_out: Literal[True] = True


_TOKENS = TokensResource(
    access_token="eyJhbGciOiJIUzI1NiIsImtpZCI6ImRldmVsb3BtZW50In0.eyJzdWIiOiIwMTk0In0.c2ln",  # noqa: S106  # opens nothing
    refresh_token="k3J0c9u1b8m2Qx7y5vN4w6Zr0aT8eHgLpDfS1iUoXyE",  # noqa: S106  # opens nothing
    expires_in=900,
)

Secret = Annotated[str, Field(min_length=1, max_length=256)]


class Credentials(Body):
    """Who signs in."""

    model_config = example({"username": "servicing@demo.test", "password": "drawbridge-demo"})

    username: Annotated[str, Field(min_length=1, max_length=254)]
    password: Secret


class RefreshToken(Body):
    """The refresh token that the last sign-in or refresh gave."""

    model_config = example({"refresh_token": _TOKENS.refresh_token})

    refresh_token: Secret


@router.post("/auth/token", "sign_in", right=Right.PUBLIC, example=_TOKENS, takes_key=False)
async def sign_in(body: Credentials, call: Call, sign_in: SignIn) -> Answer:
    """Sign in.

    Five failures of a user from one address within fifteen minutes close that way for a while.
    """
    return _answer(await sign_in.with_password(body.username, body.password, call.address))


@router.post(
    "/auth/refresh", "refresh_tokens", right=Right.PUBLIC, example=_TOKENS, takes_key=False
)
async def refresh(body: RefreshToken, sign_in: SignIn) -> Answer:
    """Change a refresh token for new tokens.

    Each refresh token is good once; using one twice ends every token that came from its sign-in.
    """
    return _answer(await sign_in.with_refresh_token(body.refresh_token))


@router.post(
    "/auth/logout", "sign_out", right=Right.PUBLIC, example=SignedOutResource(), takes_key=False
)
async def sign_out(body: RefreshToken, sign_in: SignIn) -> Answer:
    """Sign out: the refresh token and all that came before it are good no more."""
    await sign_in.out(body.refresh_token)
    return Answer(SignedOutResource())


def _answer(grant: Grant) -> Answer:
    return Answer(
        TokensResource(
            access_token=grant.access_token,
            refresh_token=grant.refresh_token,
            expires_in=grant.expires_in_seconds,
        )
    )
