"""N3: the read tables, reckoned anew from the raw events without the service's rules.

Not every figure can be: what can is what events say by themselves, by their types, their places and
their postings. For the rest the run asks ``drawbridge projections verify``, as a program.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tests.faults.checker.artefacts import Artefacts, Event

SAID_MAX = 5
"""Differences told of one table; the first few say what is wrong."""

LOAN_STATES = {
    "loan.originated": "DRAFT",
    "loan.submitted": "SUBMITTED",
    "loan.approved": "APPROVED",
    "loan.declined": "DECLINED",
    "loan.withdrawn": "WITHDRAWN",
    "loan.closed": "ACTIVE",
    "loan.matured": "MATURED",
    "loan.paid_off": "PAID_OFF",
}
DRAW_STATES = {
    "draw.created": "DRAFT",
    "draw.submitted": "SUBMITTED",
    "draw.review_started": "IN_REVIEW",
    "draw.returned": "RETURNED",
    "draw.approved": "APPROVED",
    "draw.rejected": "REJECTED",
    "draw.withdrawn": "WITHDRAWN",
    "draw.cancelled": "CANCELLED",
    "draw.funding_initiated": "FUNDING",
    "draw.funded": "FUNDED",
    "draw.reversed": "REVERSED",
}
PRINCIPAL = "loan:principal"

Key = Any
Figures = Mapping[Key, tuple[Any, ...]]


def misprojected(found: Artefacts) -> Iterator[str]:
    """Every read table holds what the events say, each event counted once."""
    yield from _differences("journal_lines", _journal(found), _keyed(found, "journal_lines", 2))
    for table, figures in (
        ("loan_balances", _sums(found, lambda event: event.partition_key)),
        ("account_totals", _sums(found, lambda event: event.partition)),
        ("history", {(e.position,): (e.type, e.partition_key, e.stream_id) for e in found.events}),
        ("history_counts", _counts(found)),
        ("loans", _loans(found)),
        ("draws", _draws(found)),
        ("loan_totals", _loan_totals(found)),
        ("checkpoints", _checkpoints(found)),
        ("parked", {}),
        ("skipped", {}),
    ):
        keys = len(next(iter(figures), (0, 0)))
        yield from _differences(table, figures, _keyed(found, table, keys))


def _keyed(found: Artefacts, table: str, keys: int) -> Figures:
    return {row[:keys]: row[keys:] for row in found.tables[table]}


def _differences(table: str, reckoned: Figures, shown: Figures) -> Iterator[str]:
    wrong = [key for key in reckoned.keys() | shown.keys() if reckoned.get(key) != shown.get(key)]
    for key in sorted(wrong, key=repr)[:SAID_MAX]:
        yield f"{table} {key}: {shown.get(key)}, where the events say {reckoned.get(key)}"
    if len(wrong) > SAID_MAX:
        yield f"{table}: {len(wrong) - SAID_MAX} more rows differ"


def _journal(found: Artefacts) -> Figures:
    return {
        (event.position, number): (event.partition_key, event.type, event.effective_on, *posting)
        for event in found.events
        for number, posting in enumerate(event.postings, start=1)
    }


def _sums(found: Artefacts, where: Any) -> Figures:
    """By place and account: how many lines, and what was debited and credited."""
    sums: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
    for event in found.events:
        for posting in event.postings:
            held = sums[where(event), posting.account]
            held[0] += 1
            held[1] += posting.debit_cents
            held[2] += posting.credit_cents
    return {key: tuple(held) for key, held in sums.items()}


def _counts(found: Artefacts) -> Figures:
    counts = Counter(event.partition_key for event in found.events)
    return {(loan,): (count,) for loan, count in counts.items()}


def _principal(found: Artefacts) -> Mapping[str, int]:
    cents: Counter[str] = Counter()
    for event in found.events:
        for posting in event.postings:
            if posting.account == PRINCIPAL:
                cents[event.partition_key] += posting.debit_cents - posting.credit_cents
    return cents


def _loans(found: Artefacts) -> Figures:
    """By loan: its partition, version, state and principal."""
    last = _latest(found, "loan.", LOAN_STATES)
    principal = _principal(found)
    return {
        (event.stream_id,): (event.partition, event.version, state, principal[event.stream_id])
        for event, state in last.values()
    }


def _draws(found: Artefacts) -> Figures:
    """By draw: its loan, version and state."""
    last = _latest(found, "draw.", DRAW_STATES)
    return {
        (event.stream_id,): (event.partition_key, event.version, state)
        for event, state in last.values()
    }


def _latest(
    found: Artefacts, kind: str, states: Mapping[str, str]
) -> Mapping[str, tuple[Event, str]]:
    """By stream: its last event, and the state that the last one to tell of one left it in."""
    last: dict[str, tuple[Event, str]] = {}
    for event in found.events:
        is_quote = event.type == "loan.payoff_quoted"  # a stream of its own
        if event.type.startswith(kind) and not is_quote:
            before = last[event.stream_id][1] if event.stream_id in last else ""
            last[event.stream_id] = event, states.get(event.type, before)
    return last


def _loan_totals(found: Artefacts) -> Figures:
    """By state and partition: how many loans, and their principal."""
    totals: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for partition, _version, state, principal_cents in _loans(found).values():
        totals[state, partition][0] += 1
        totals[state, partition][1] += principal_cents
    return {key: tuple(held) for key, held in totals.items()}


def _checkpoints(found: Artefacts) -> Figures:
    """Each projection stands at the last event of each partition, and there are projections."""
    last = {event.partition: event.position for event in found.events}
    shown = found.tables["checkpoints"]
    return {
        (name, partition): (last.get(partition, 0),)
        for name in {row[0] for row in shown} or {"any"}
        for partition in {row[1] for row in shown} | last.keys()
    }
