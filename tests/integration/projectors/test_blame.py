"""What is an event's fault, how much may be parked, and that a reason names nobody."""

import psycopg
import pytest
from psycopg import errors
from psycopg_pool import PoolTimeout

from projectors.engine.blame import REASON_CHARS_MAX, TRANSIENT, is_of_the_event, reason_of
from projectors.engine.lane import (
    KEYS_PARKED_MAX,
    REGAIN_EVENTS,
    REGAIN_SECONDS,
    REST_SECONDS_MAX,
    Allowance,
    Lane,
    LaneRests,
)
from projectors.read_models.history.projector import HISTORY
from runtime.eventstore.codec import decode
from runtime.ids import new_id
from runtime.messages import from_kafka

LOAN_ID = b"01234567-89ab-7cde-8f01-23456789abcd"

PASSING = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.DiskFull,
    errors.QueryCanceled,
    errors.AdminShutdown,
    errors.LockNotAvailable,
    errors.OutOfMemory,
    errors.IdleInTransactionSessionTimeout,
    errors.ReadOnlySqlTransaction,
    psycopg.InterfaceError,
    PoolTimeout,
    TimeoutError,
    ConnectionResetError,
)
OF_THE_PROGRAM = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.InsufficientPrivilege,
    errors.FeatureNotSupported,
    MemoryError,
)
OF_THE_EVENT = (
    errors.NumericValueOutOfRange,
    errors.NotNullViolation,
    errors.UniqueViolation,
    errors.ProgramLimitExceeded,
    psycopg.ProgrammingError,  # without a state it is the client's own: a value it cannot adapt
    ValueError,
    KeyError,
    AssertionError,
    RecursionError,
)


@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_by_itself_parks_nothing(kind: type[Exception]) -> None:
    assert not is_of_the_event(kind())
    assert issubclass(kind, TRANSIENT)


@pytest.mark.parametrize("kind", OF_THE_PROGRAM)
def test_what_every_event_would_meet_parks_nothing(kind: type[Exception]) -> None:
    assert not is_of_the_event(kind())
    assert not issubclass(kind, TRANSIENT)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_being_told_to_stop_parks_nothing(kind: type[BaseException]) -> None:
    assert not is_of_the_event(kind())


@pytest.mark.parametrize("kind", OF_THE_EVENT)
def test_what_an_event_alone_can_cause_parks_it(kind: type[Exception]) -> None:
    assert is_of_the_event(kind())


@pytest.mark.parametrize(
    ("name", "payload", "said"),
    [
        ("loan.declined", b'{"loan_id":"Jane Roe","reason":7}', "in loan_id"),
        ("loan.declined", b'{"reason":"Jane Roe"}', "field `loan_id` in the whole"),
        ("loan.declined", b'["Jane Roe"]', "Expected `object`, got `array` in the whole"),
        ("loan.originated", b'{"number":7,"x":"Jane"}', "Expected `str`, got `int` in number"),
        ("accrual.adjusted", b'{"old":{"Jane":1,"interest_cents":"Jane"}}', "got `str` in old"),
        ("loan.accrual_status_changed", b'{"status":"Jane Roe"}', "in status"),
    ],
)
def test_a_reason_names_the_field_and_the_place_but_nobody(
    name: str, payload: bytes, said: str
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # what it says is the test's matter
        decode(name, 1, payload)
    reason = reason_of(raised.value)
    assert reason.startswith("ValidationError ")
    assert said in reason
    assert "at runtime.eventstore.codec:" in reason
    assert "Jane" not in reason


def test_a_reason_of_the_database_names_the_constraint_but_no_value(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE people (name text CONSTRAINT no_jane CHECK (name < 'J'))")
        with pytest.raises(errors.CheckViolation) as raised:
            connection.execute("INSERT INTO people VALUES ('Jane Roe')")
        with pytest.raises(errors.InvalidTextRepresentation) as untyped:
            connection.execute("SELECT 'Jane Roe'::integer")
    assert reason_of(raised.value) == "CheckViolation 23514 people no_jane"
    assert reason_of(untyped.value) == "InvalidTextRepresentation 22P02"


def test_a_reason_has_an_end() -> None:
    long = type("E" * 2 * REASON_CHARS_MAX, (ValueError,), {})
    assert len(reason_of(long())) == REASON_CHARS_MAX


def test_so_many_loans_may_be_parked_in_a_row_and_time_does_not_bring_more_back() -> None:
    allowance = Allowance()
    for _ in range(KEYS_PARKED_MAX):
        allowance.take(now=0.0)
    for now in (0.0, 10 * REGAIN_SECONDS, 100 * REGAIN_SECONDS):
        with pytest.raises(LaneRests):
            allowance.take(now)


def test_one_more_may_be_parked_after_so_many_events_were_applied() -> None:
    allowance = Allowance()
    for _ in range(KEYS_PARKED_MAX):
        allowance.take(now=0.0)
    with pytest.raises(LaneRests):
        allowance.take(now=0.0)
    allowance.applied(REGAIN_EVENTS - 1)
    with pytest.raises(LaneRests):
        allowance.take(now=0.0)
    allowance.applied(1)
    allowance.take(now=0.0)


def test_poison_now_and_then_is_parked_for_ever() -> None:
    allowance = Allowance()
    for count in range(10 * KEYS_PARKED_MAX):
        allowance.take(now=count * REGAIN_SECONDS)


def test_rests_grow_to_a_limit() -> None:
    lane = Lane(HISTORY, 0, 0)
    assert not lane.rests
    seconds = []
    for _ in range(8):
        lane.rest()
        seconds.append(lane.rest_seconds)
    assert lane.rests
    assert seconds[:3] == [1.0, 2.0, 4.0]
    assert seconds[-1] == REST_SECONDS_MAX


@pytest.mark.parametrize(
    ("key", "headers"),
    [
        (None, {}),
        (b"not an id", {}),
        (LOAN_ID, {"ce_subject": b"not an id"}),
        (LOAN_ID, {"ce_type": b"\xff"}),
        (LOAN_ID, {"position": b"first"}),
    ],
)
def test_a_message_that_does_not_say_whose_it_is_is_none(
    key: bytes | None, headers: dict[str, bytes]
) -> None:
    epoch = new_id()
    whole = {
        "store_epoch": str(epoch).encode(),
        "position": b"1",
        "prev_position": b"0",
        "ce_subject": str(new_id()).encode(),
        "ce_type": b"loan.closed",
    }
    good = Record(str(new_id()).encode(), list(whole.items()))
    assert from_kafka(good, epoch) is not None
    assert from_kafka(Record(key, list((whole | headers).items())), epoch) is None


class Record:
    """A consumed record."""

    partition, offset, value = 0, 0, b"{}"

    def __init__(self, key: bytes | None, headers: list[tuple[str, bytes]]) -> None:
        self.key = key
        self.headers = headers
