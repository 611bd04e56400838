"""A user as both APIs show them."""

from typing import Any

from runtime.users import User

USER_EXAMPLE = {
    "id": "9f3c1f8e-6a52-5c4b-8f0a-1d2e3c4b5a69",
    "email": "servicing@demo.test",
    "name": "Sergio Blake",
    "role": "servicing",
    "version": 1,
    "created_at": "2025-01-15T09:30:00Z",
    "disabled_at": None,
}


def user_resource(user: User) -> dict[str, Any]:
    """What may be shown of a user: everything but the password's hash."""
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "version": user.version,
        "created_at": user.created_at,
        "disabled_at": user.disabled_at,
    }
