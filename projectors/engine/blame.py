"""Whose fault an error is, and how it is told without what the event says.

An event is parked only for what it alone can have caused. A database that is away or busy comes
back, and then the same event goes through; a table, a right or memory that is missing is missed by
every event, so the projection waits as a whole. When in doubt, waiting loses nothing.
"""

import re
import traceback
from itertools import islice

import psycopg
from msgspec import ValidationError

from projectors.engine.models import OtherVersion

TRANSIENT = (
    psycopg.OperationalError,  # connections, locks, deadlocks, limits, a full disk, a pool in use
    psycopg.InterfaceError,
    psycopg.InternalError,  # a session that the server ended, a server that is read-only for now
    OSError,  # a time that ran out is one, too
)
"""What passes by itself."""

REASON_CHARS_MAX = 500
_FRAMES_MAX = 3
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
        case OSError() | MemoryError() | OtherVersion():
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
        return _misfit(str(error))
    if isinstance(error, psycopg.Error) and error.sqlstate is not None:
        diag = error.diag
        named = (diag.table_name, diag.column_name, diag.constraint_name)
        return [error.sqlstate, *(name for name in named if name)]
    return []


_TYPES = re.compile(r"Expected `[^`]*`, got `[^`]*`|Object missing required field `\w+`")
_FIELD = re.compile(r" - at `\$\.(\w+)[^`]*`$")


def _misfit(message: str) -> list[str]:
    """What did not fit and in which field: of what `msgspec` says, the parts that quote nothing.

    Of the field's path only the first step is told: the last may be a key that only this payload
    has.
    """
    types, field = _TYPES.match(message), _FIELD.search(message)
    return [*([types[0]] if types else []), f"in {field[1][:40] if field else 'the whole'}"]


def _places(error: BaseException) -> list[str]:
    """Where it was raised in our own code, the innermost place first."""
    frames = reversed(list(traceback.walk_tb(error.__traceback__)))
    named = ((str(frame.f_globals.get("__name__")), line) for frame, line in frames)
    return [f"{module}:{line}" for module, line in named if module.startswith(_OUR_CODE)]
