"""Passwords: bcrypt at cost 12, at most 72 bytes, worked out beside the event loop."""

import asyncio

import bcrypt

COST = 12
BYTES_MAX = 72
CHARS_MIN = 12
_AT_ONCE_MAX = 2  # Each takes a core for a quarter of a second: sign-ins must not starve commands.

# What an unknown user's password is checked against, so that they take as long as known ones.
_NOBODY = b"$2b$12$EENBcpD0V6Ges97gf6B82udun6U/zD6CqK.BDRv.ceVbDHHn/bzKW"

_turns = asyncio.Semaphore(_AT_ONCE_MAX)


def fits(password: str) -> bool:
    """Whether bcrypt would read all of a password."""
    return len(password.encode()) <= BYTES_MAX


async def hash_password(password: str) -> str:
    """The text to keep instead of a password.

    Raises:
        ValueError: the password has more than 72 bytes, of which bcrypt would ignore the rest.
    """
    if not fits(password):
        raise ValueError(f"a password has at most {BYTES_MAX} bytes")
    async with _turns:
        hashed = await asyncio.to_thread(bcrypt.hashpw, password.encode(), bcrypt.gensalt(COST))
    return hashed.decode()


async def is_password(password: str, hashed: str | None) -> bool:
    """Whether a password is the one that was hashed; as slow for nobody's (`None`) as for one's."""
    given = password.encode()[:BYTES_MAX]
    kept = hashed.encode() if hashed is not None else _NOBODY
    async with _turns:
        same = await asyncio.to_thread(bcrypt.checkpw, given, kept)
    return same and hashed is not None and fits(password)
