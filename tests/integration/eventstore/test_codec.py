"""Events as bytes: canonical, refused when they hold what they may not, read strictly."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, get_args, get_type_hints
from uuid import UUID

import orjson
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from domain.events.catalogue import CATALOGUE, Event
from domain.events.upcasting import STEPS
from domain.kernel.rates import Rate
from domain.kernel.values import replace
from domain.loans.events import LoanDeclined, LoanOriginated, LoanSubmitted
from domain.rates.events import RateChanged
from runtime.eventstore.codec import decode, encode
from tests.golden.examples import example

LOAN = UUID(int=1)


class Inner(Struct, frozen=True):
    zeta: int
    alpha: str


class Outer(Event, Struct, frozen=True):
    name: str
    amount_cents: int
    memo: str | None
    inner: tuple[Inner, ...]
    labels: Mapping[str, int]


# Beyond surrogates, every character JSON can hold: controls, quotes, other planes.
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
cents = st.integers(-(2**53) + 1, 2**53 - 1)
# Keys are our own field names: ASCII. (Beyond the basic plane orjson and RFC 8785 sort otherwise.)
labels = st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=8), cents, max_size=4)
inners = st.lists(st.builds(Inner, zeta=cents, alpha=anything), max_size=3).map(tuple)


@settings(max_examples=300)
@given(st.builds(Outer, anything, cents, st.none() | anything, inners, labels))
def test_what_is_written_is_rfc_8785_byte_for_byte(event: Outer) -> None:
    plain = {
        "name": event.name,
        "amount_cents": event.amount_cents,
        "memo": event.memo,
        "inner": [{"zeta": one.zeta, "alpha": one.alpha} for one in event.inner],
        "labels": dict(event.labels),
    }
    assert encode(event) == rfc8785.dumps(plain)


@given(anything, st.decimals(0, 1, places=8))
def test_an_event_comes_back_equal_and_is_written_the_same_again(text: str, rate: Decimal) -> None:
    terms = replace(example(LoanOriginated).terms, rate=Rate(rate))  # type: ignore[attr-defined]  # a term sheet has terms
    for event in (LoanDeclined(LOAN, text), LoanOriginated(LOAN, text, terms)):
        kind = CATALOGUE.of(event)
        payload = encode(event)
        again = decode(kind.name, kind.version, payload)
        assert again == event
        assert encode(again) == payload


@pytest.mark.parametrize("number", [2**53, -(2**53), 10**16, 2**63, 10**400])
def test_a_number_beyond_what_json_readers_agree_on_is_refused(number: int) -> None:
    for event in (
        Outer("", number, None, (), {}),
        Outer("", 0, None, (Inner(number, ""),), {}),
        Outer("", 0, None, (), {"": number}),
    ):
        with pytest.raises(TypeError):
            encode(event)


def test_many_digits_of_a_text_are_no_number() -> None:
    wire = '":10000000000000000,'

    assert orjson.loads(encode(Outer(wire, 2**53 - 1, wire, (), {})))["memo"] == wire


@pytest.mark.parametrize(
    ("rate", "written"),
    [
        ("1E-8", "0.00000001"),
        ("0.0850", "0.085"),
        ("0.00000000", "0"),
        ("1.0", "1"),
        ("1E+1", "10"),
        ("-0.0025", "-0.0025"),
    ],
)
def test_a_rate_is_written_plainly_however_it_was_made(rate: str, written: str) -> None:
    payload = encode(RateChanged(LOAN, Rate(rate), date(2025, 3, 1)))

    assert orjson.loads(payload)["rate"] == written


@pytest.mark.parametrize("rate", [b"0.0975", b"1", b"null", b'"x"', b'"NaN"', b'"Infinity"', b'""'])
def test_what_is_no_rate_is_refused(rate: bytes) -> None:
    payload = encode(RateChanged(LOAN, Rate("0.5"), date(2025, 3, 1)))

    with pytest.raises(ValueError, match="rate"):
        decode("loan.rate_changed", 1, payload.replace(b'"0.5"', rate))


@pytest.mark.parametrize(
    "payload",
    [
        b"{}",
        b'{"loan_id":7}',
        b'{"loan_id":"not-an-id"}',
        b'{"loan_id":null}',
        b"[]",
        b"not json",
        b"",
    ],
)
def test_a_payload_that_does_not_fit_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # each says it in words of its own
        decode("loan.submitted", 1, payload)


def test_an_amount_written_as_text_is_not_an_amount() -> None:
    payload = orjson.loads(encode(example(LoanOriginated)))
    payload["terms"]["commitment_cents"] = "100"

    with pytest.raises(ValueError, match="commitment_cents"):
        decode("loan.originated", 1, orjson.dumps(payload))


def test_a_field_added_later_does_not_stop_older_code() -> None:
    payload = b'{"brand_new":1,"loan_id":"00000000-0000-0000-0000-000000000001"}'

    assert decode("loan.submitted", 1, payload) == LoanSubmitted(LOAN)


@pytest.mark.parametrize(("name", "version"), [("loan.unheard_of", 1), ("loan.submitted", 2)])
def test_what_nobody_knows_is_refused(name: str, version: int) -> None:
    with pytest.raises(LookupError):
        decode(name, version, b"{}")


def test_an_old_payload_is_lifted_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STEPS, ("loan.submitted", 0), lambda old: {"loan_id": old["loan"]})

    assert decode("loan.submitted", 0, b'{"loan":"%s"}' % str(LOAN).encode()) == LoanSubmitted(LOAN)


def _leaves(kind: Any) -> set[type]:
    if isinstance(kind, type) and issubclass(kind, Struct):
        return set().union(*map(_leaves, get_type_hints(kind).values()))
    arguments = [each for each in get_args(kind) if each is not Ellipsis]
    return set().union(*map(_leaves, arguments)) if arguments else {kind}


def test_no_event_holds_a_float_or_a_plain_decimal_for_json_to_blur() -> None:
    leaves = set().union(*(_leaves(kind.cls) for kind in CATALOGUE))

    assert not {float, complex, Decimal} & leaves
    assert Rate in leaves


@pytest.mark.parametrize("held", [object(), 1j, ValueError()])
def test_what_no_event_holds_is_refused(held: object) -> None:
    with pytest.raises(TypeError):
        encode(Outer("", 0, held, (), {}))  # type: ignore[arg-type]  # the point of it
