"""Planted bugs: what a good run left behind, with one thing wrong that a check must find.

Each takes the artefacts of a run that all checks pass and returns them with its bug, so that the
same bugs prove the checks on a small example, on a test's run and on the long run's.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, TypeVar

from tests.faults.checker.artefacts import Answer, Artefacts, Delivered, Event, Operation, Posting

T = TypeVar("T")
ANYBODY = "00000000-0000-0000-0000-00000000feed"
PRINCIPAL_COLUMN = {"loans": 4, "loan_balances": 3, "account_totals": 3, "journal_lines": 6}


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug by name, and the check that must turn red."""

    name: str
    check: str
    plant: Callable[[Artefacts], Artefacts]


def _without(items: Sequence[T], place: int) -> tuple[T, ...]:
    return (*items[:place], *items[place + 1 :])


def _with(items: Sequence[T], place: int, item: T) -> tuple[T, ...]:
    return (*items[:place], item, *items[place + 1 :])


def _twice(items: Sequence[T], place: int) -> tuple[T, ...]:
    return (*items[: place + 1], items[place], *items[place + 1 :])


def _swapped(items: Sequence[T], place: int) -> tuple[T, ...]:
    return (*items[:place], items[place + 1], items[place], *items[place + 2 :])


def _first(items: Sequence[T], fits: Callable[[T], bool]) -> int:
    return next(place for place, item in enumerate(items) if fits(item))


def _ok(operation: Operation) -> bool:
    return operation.outcome == "ok" and operation.is_step


def _event_dropped(found: Artefacts) -> Artefacts:
    return replace(found, events=_without(found.events, len(found.events) // 2))


def _tail_lost(found: Artefacts) -> Artefacts:
    """As after a crash of a server that acknowledges too early: the log is shorter, and whole."""
    kept = found.events[:-1]
    commands = [each for each in found.commands if each.last_position != found.head]
    return replace(found, events=kept, commands=commands, head=found.head - 1)


def _answer(found: Artefacts, place: int, **changes: Any) -> Artefacts:
    operation = found.operations[place]
    answers = tuple(answer._replace(**changes) for answer in operation.answers)
    told = replace(operation, answers=answers)
    return replace(found, operations=_with(found.operations, place, told))


def _answers_exchanged(found: Artefacts) -> Artefacts:
    place = _first(found.operations, _ok)
    other = found.operations[_first(found.operations[place + 1 :], _ok) + place + 1]
    return _answer(found, place, position=other.answers[0].position)


def _never_stored(found: Artefacts) -> Artefacts:
    invented = Operation(
        ANYBODY, "k", "originate", "ok", (Answer(201, found.head + 1, ""),), None, "ok", True
    )
    return replace(found, operations=(*found.operations, invented))


def _outcome(outcome: str, code: str | None) -> Callable[[Artefacts], Artefacts]:
    def plant(found: Artefacts) -> Artefacts:
        place = _first(found.operations, _ok)
        told = replace(
            found.operations[place], outcome=outcome, expected="fail", answers=(), code=code
        )
        return replace(found, operations=_with(found.operations, place, told))

    return plant


def _effect_doubled(found: Artefacts) -> Artefacts:
    """An operation's event once more at the end of its stream, by another command."""
    last = found.events[-1]
    doubled = last._replace(
        position=last.position + 1, version=last.version + 1, command_id=ANYBODY
    )
    return replace(found, events=(*found.events, doubled), head=doubled.position)


def _key_doubled(found: Artefacts) -> Artefacts:
    place = _first(found.operations, _ok)
    other = _first(found.operations[place + 1 :], _ok) + place + 1
    told = replace(found.operations[other], key=found.operations[place].key)
    return replace(found, operations=_with(found.operations, other, told))


def _made_up(found: Artefacts) -> Artefacts:
    place = _first(found.operations, _ok)
    return replace(found, operations=_without(found.operations, place))


def _answered_otherwise(found: Artefacts) -> Artefacts:
    place = _first(found.operations, _ok)
    operation = found.operations[place]
    told = replace(
        operation, answers=(*operation.answers, operation.answers[0]._replace(digest="another"))
    )
    return replace(found, operations=_with(found.operations, place, told))


def _unlogged(found: Artefacts) -> Artefacts:
    place = _first(found.commands, lambda command: command.first_position is not None)
    return replace(found, commands=_without(found.commands, place))


def _rows(table: str, change: Callable[[Sequence[Any]], Sequence[Any]]) -> Any:
    def plant(found: Artefacts) -> Artefacts:
        return replace(found, tables={**found.tables, table: change(found.tables[table])})

    return plant


def _cent(table: str) -> Callable[[Artefacts], Artefacts]:
    """One cent more in the first row."""
    column = PRINCIPAL_COLUMN[table]

    def change(rows: Sequence[Any]) -> Sequence[Any]:
        row = rows[0]
        return _with(rows, 0, (*row[:column], row[column] + 1, *row[column + 1 :]))

    return _rows(table, change)


def _state(table: str, column: int) -> Callable[[Artefacts], Artefacts]:
    def change(rows: Sequence[Any]) -> Sequence[Any]:
        return _with(rows, 0, (*rows[0][:column], "WITHDRAWN", *rows[0][column + 1 :]))

    return _rows(table, change)


def _topic(
    change: Callable[[Sequence[Delivered]], Sequence[Delivered]],
) -> Callable[[Artefacts], Artefacts]:
    """Change what the topic held at the end."""

    def plant(found: Artefacts) -> Artefacts:
        topic = found.topics[-1]
        changed = replace(topic, messages=change(topic.messages))
        return replace(found, topics=(*found.topics[:-1], changed))

    return plant


def _without_last(messages: Sequence[Delivered]) -> Sequence[Delivered]:
    """Without any copy of the last one, which the topic owes."""
    owed = max(message.position for message in messages)
    return [message for message in messages if message.position != owed]


def _two_swapped(messages: Sequence[Delivered]) -> Sequence[Delivered]:
    """Two neighbours of a partition, each sent but once."""
    copies = Counter(message.position for message in messages)
    place = next(
        place
        for place, (one, after) in enumerate(pairwise(messages))
        if one.partition == after.partition and copies[one.position] == copies[after.position] == 1
    )
    return _swapped(messages, place)


def _message(**changes: Any) -> Callable[[Artefacts], Artefacts]:
    """One more, a forgery of the last."""
    return _topic(lambda messages: (*messages, messages[-1]._replace(**changes)))


def _uncommitted(found: Artefacts) -> Artefacts:
    return _message(position=found.head + 1)(found)


def _version_skipped(found: Artefacts) -> Artefacts:
    last = found.events[-1]
    return replace(
        found,
        events=_with(found.events, -1 % len(found.events), last._replace(version=last.version + 1)),
    )


def _posted(change: Callable[[Posting], Posting]) -> Callable[[Artefacts], Artefacts]:
    """The first posting of the first entry, changed."""

    def plant(found: Artefacts) -> Artefacts:
        place = _first(found.events, lambda event: bool(event.postings))
        event: Event = found.events[place]
        postings = (change(event.postings[0]), *event.postings[1:])
        changed = event._replace(postings=postings)
        return replace(found, events=_with(found.events, place, changed))

    return plant


def _cent_more(posting: Posting) -> Posting:
    side = "debit_cents" if posting.debit_cents else "credit_cents"
    return posting._replace(**{side: getattr(posting, side) + 1})


def _other_book(posting: Posting) -> Posting:
    is_memo = posting.account.startswith("memo:")
    return posting._replace(account="cash:operating" if is_memo else "memo:reserved")


def _tailed(change: Callable[[Sequence[Any], int], Sequence[Any]]) -> Any:
    def plant(found: Artefacts) -> Artefacts:
        return replace(found, tailed=change(found.tailed, len(found.tailed) // 2))

    return plant


PLANTED = (
    Planted("the last acknowledged event lost", "N1 lost", _tail_lost),
    Planted("an answer whose events never came", "N1 lost", _never_stored),
    Planted("two answers exchanged", "N1 lost", _answers_exchanged),
    Planted("a refused command carried out", "N2 doubled", _outcome("fail", "RULE_BROKEN")),
    Planted("an unknown left unknown", "N2 doubled", _outcome("unknown", None)),
    Planted("an effect doubled", "N2 doubled", _effect_doubled),
    Planted("two effects of one key", "N2 doubled", _key_doubled),
    Planted("an effect that nobody asked for", "N2 doubled", _made_up),
    Planted("a repeat answered otherwise", "N2 doubled", _answered_otherwise),
    Planted("a command without its log", "N2 doubled", _unlogged),
    Planted("a cent in a loan's principal", "N3 misprojected", _cent("loans")),
    Planted("a cent in a balance", "N3 misprojected", _cent("loan_balances")),
    Planted("a cent in an account of all loans", "N3 misprojected", _cent("account_totals")),
    Planted("a cent in the journal", "N3 misprojected", _cent("journal_lines")),
    Planted(
        "a journal line dropped",
        "N3 misprojected",
        _rows("journal_lines", lambda rows: _without(rows, 0)),
    ),
    Planted(
        "a row of history dropped",
        "N3 misprojected",
        _rows("history", lambda rows: _without(rows, 0)),
    ),
    Planted(
        "an event counted twice",
        "N3 misprojected",
        _rows("history_counts", lambda rows: _with(rows, 0, (rows[0][0], rows[0][1] + 1))),
    ),
    Planted("a loan in another state", "N3 misprojected", _state("loans", 3)),
    Planted("a draw in another state", "N3 misprojected", _state("draws", 3)),
    Planted(
        "a checkpoint ahead of its partition",
        "N3 misprojected",
        _rows("checkpoints", lambda rows: _with(rows, 0, (*rows[0][:2], rows[0][2] + 1))),
    ),
    Planted(
        "an event parked",
        "N3 misprojected",
        _rows("parked", lambda rows: (*rows, ("journal", 1, "poison"))),
    ),
    Planted(
        "a read side that never began", "N3 misprojected", _rows("checkpoints", lambda rows: ())
    ),
    Planted("a message dropped", "N4 unrelayed", _topic(_without_last)),
    Planted("two messages swapped", "N4 disordered", _topic(_two_swapped)),
    Planted("a message of what was not committed", "N4 forged", _uncommitted),
    Planted("a message of another store", "N4 forged", _message(epoch=ANYBODY)),
    Planted("a message with another payload", "N4 forged", _message(digest="")),
    Planted("a message in another partition", "N4 forged", _message(partition=1_000)),
    Planted("an event dropped", "N5 holes", _event_dropped),
    Planted("a version skipped", "N5 holes", _version_skipped),
    Planted("an event missed by the reader", "N5 missed", _tailed(_without)),
    Planted("an event seen twice by the reader", "N5 missed", _tailed(_twice)),
    Planted("two events swapped for the reader", "N5 missed", _tailed(_swapped)),
    Planted("a cent in an entry", "N6 unbalanced", _posted(_cent_more)),
    Planted("a line in the other book", "N6 unbalanced", _posted(_other_book)),
)
