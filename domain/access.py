"""Who may do what, as data: how far each role reaches with each right.

A role reaches all of a resource, its own, or nothing of it. Which right an operation takes is said
where its route is declared, which cannot be done without; ``docs/RIGHTS.md`` shows both together.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from domain.kernel.actors import Role


class Reach(StrEnum):
    """How far a role reaches: every row, its own, or none."""

    ALL = "all"
    OWN = "own"
    NONE = "none"


class Right(StrEnum):
    """A resource together with what is done to it: one row of the matrix."""

    PUBLIC = "public"
    SELF = "self"
    PROJECTS_READ = "projects.read"
    PROJECTS_WRITE = "projects.write"
    LOANS_READ = "loans.read"
    LOANS_WRITE = "loans.write"
    LOANS_SERVICE = "loans.service"
    DRAWS_READ = "draws.read"
    DRAWS_REQUEST = "draws.request"
    DRAWS_DECIDE = "draws.decide"
    AUDIT_READ = "audit.read"
    AUDIT_RUN = "audit.run"
    ADMINISTER = "administer"


PEOPLE = tuple(role for role in Role if role is not Role.SYSTEM)
"""The roles that somebody can sign in with."""


class Grant(Struct, frozen=True):
    """One row of the matrix: what the right is for, and how far each role reaches with it."""

    means: str
    reaches: Mapping[Role, Reach]


def _row(means: str, *every: Role, own: tuple[Role, ...] = ()) -> Grant:
    return Grant(
        means,
        {
            role: Reach.ALL if role in every else Reach.OWN if role in own else Reach.NONE
            for role in PEOPLE
        },
    )


_LENDING = (Role.ADMIN, Role.ACQUISITIONS, Role.SERVICING)
_SERVICING = (Role.ADMIN, Role.SERVICING)
_BUILDER = (Role.BUILDER,)
_BUT_BUILDER = tuple(role for role in PEOPLE if role is not Role.BUILDER)
_PLANNING = (Role.ADMIN, Role.ACQUISITIONS, Role.DESIGN, Role.ENTITLEMENT)

MATRIX: Mapping[Right, Grant] = {
    Right.PUBLIC: _row("Before or without sign-in.", *PEOPLE),
    Right.SELF: _row("Anybody who is signed in, about themselves.", own=PEOPLE),
    Right.PROJECTS_READ: _row("See projects.", *_BUT_BUILDER, own=_BUILDER),
    Right.PROJECTS_WRITE: _row("Plan projects.", *_PLANNING),
    Right.LOANS_READ: _row(
        "See loans, what they owe, and figures over them.", *_LENDING, Role.AUDITOR, own=_BUILDER
    ),
    Right.LOANS_WRITE: _row("Make loans, and change their terms and budgets.", *_LENDING),
    Right.LOANS_SERVICE: _row(
        "Service loans: money that comes in, fees, defaults, participations, corrections, and the "
        "close of business. Whoever moves the money of draws moves that of loans.",
        *_SERVICING,
    ),
    Right.DRAWS_READ: _row("See draws.", *_LENDING, Role.AUDITOR, own=_BUILDER),
    Right.DRAWS_REQUEST: _row("Ask for money, and take that back.", *_LENDING, own=_BUILDER),
    Right.DRAWS_DECIDE: _row("Review and decide draws, pay them out, and undo that.", *_SERVICING),
    Right.AUDIT_READ: _row(
        "See the journal, every event, and how far the read side is.", *_SERVICING, Role.AUDITOR
    ),
    Right.AUDIT_RUN: _row("Have the records checked.", Role.ADMIN, Role.AUDITOR),
    Right.ADMINISTER: _row("Users, accounting periods, and events put aside.", Role.ADMIN),
}


def reach_of(role: Role, right: Right) -> Reach:
    """How far a role reaches with a right; the system's role is never signed in and reaches none."""
    return MATRIX[right].reaches.get(role, Reach.NONE)
