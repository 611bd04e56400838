"""Whose fault an error is, and how it is told without what the event says.

An event is parked only for what it alone can have caused. A database that is away or busy comes
back, and then the same event goes through; a table, a right or memory that is missing is missed by
every event, so the projection waits as a whole. When in doubt, waiting loses nothing.
"""

import traceback
from itertools import islice

import psycopg
from pydantic import ValidationError

TRANSIENT = (
    psycopg.OperationalError,  # connections, locks, deadlocks, limits, a full disk, a pool in use
    psycopg.InterfaceError,
    psycopg.InternalError,  # a session that the server ended, a server that is read-only for now
    OSError,  # a time that ran out is one, too
)
"""What passes by itself."""

REASON_CHARS_MAX = 500
_FRAMES_MAX = 3
_FIELDS_MAX = 5
_PROGRAM_LIMITS = "54"  # the class of a value too long for an index
_OUR_CODE = ("projectors.", "domain.", "runtime.")


def is_of_the_event(error: BaseException) -> bool:
    """Whether an event can be at fault, and so be parked."""
    match error:
        case psycopg.DataError() | psycopg.IntegrityError():
            return True
        case psycopg.Error(sqlstate=None):
            # Of the client's own: a value that has no form in SQL.
            return isinstance(error, psycopg.ProgrammingError)
        case psycopg.Error():
            return (error.sqlstate or "").startswith(_PROGRAM_LIMITS)
        case OSError() | MemoryError():
            return False
        case _:
            return isinstance(error, Exception)


def reason_of(error: BaseException) -> str:
    """What happened and where, in one line.

    Most messages quote the value that they complain of, which may be somebody's name: so none is
    taken over, only what names classes, fields, columns and places in the code.
    """
    said = " ".join([type(error).__name__, *_details(error)])
    places = list(islice(_places(error), _FRAMES_MAX))
    return (f"{said} at {' < '.join(places)}" if places else said)[:REASON_CHARS_MAX]


def _details(error: BaseException) -> list[str]:
    if isinstance(error, ValidationError):
        found = error.errors(include_url=False, include_context=False, include_input=False)
        # (The last step of a path may be a key that only this payload has.)
        return [f"{each['type']} in {_field(each['loc'])}" for each in found[:_FIELDS_MAX]]
    if isinstance(error, psycopg.Error) and error.sqlstate is not None:
        diag = error.diag
        named = (diag.table_name, diag.column_name, diag.constraint_name)
        return [error.sqlstate, *(name for name in named if name)]
    return []


def _field(path: tuple[int | str, ...]) -> str:
    return str(path[0])[:40] if path else "the whole"


def _places(error: BaseException) -> list[str]:
    """Where it was raised in our own code, the innermost place first."""
    frames = reversed(list(traceback.walk_tb(error.__traceback__)))
    named = ((str(frame.f_globals.get("__name__")), line) for frame, line in frames)
    return [f"{module}:{line}" for module, line in named if module.startswith(_OUR_CODE)]
