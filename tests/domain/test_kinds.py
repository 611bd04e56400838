"""One record a kind of stream, from which the rest derives."""

import pytest

from domain.capabilities import KINDS, kind_begun_by
from domain.events.catalogue import CATALOGUE
from domain.loans.events import LoanSubmitted
from tests.scenario import LOAN_ID


def test_no_two_kinds_begin_alike() -> None:
    first = [event for kind in KINDS for event in kind.begins_with]
    assert len(set(first)) == len(first)


def test_every_event_belongs_to_a_stream_of_a_kind() -> None:
    of_class = {kind.cls: kind for kind in CATALOGUE}
    streams = {of_class[cls].stream for kind in KINDS for cls in kind.begins_with}
    assert {event_type.stream for event_type in CATALOGUE} == streams


def test_a_stream_is_known_by_its_first_event_alone() -> None:
    with pytest.raises(LookupError):
        kind_begun_by(LoanSubmitted(LOAN_ID))
