"""Values are frozen, equal and hashed by their fields, and can be copied, sent and matched."""

import copy
import importlib
import pickle
import pkgutil
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, get_args, get_type_hints
from uuid import UUID

import pytest
from msgspec import Struct, field

import domain
from domain.kernel.rates import Rate
from domain.kernel.resource import Resource
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.ledger.entries import FinancialEvent, Posting, Postings


class Line(Struct, frozen=True):
    line_id: UUID
    amount_cents: int = 0
    payees: tuple[str, ...] = field(default_factory=tuple)


class Moved(FinancialEvent, Struct, frozen=True):
    line_id: UUID
    postings: Postings


ID = UUID(int=7)


def structs() -> Iterator[type[Struct]]:
    """Every value of the domain; a resource is none, which is written once and let go."""
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        for each in vars(importlib.import_module(module.name)).values():
            if (
                isinstance(each, type)
                and issubclass(each, Struct)
                and each.__module__ == module.name
                and not issubclass(each, Resource)
            ):
                yield each


STRUCTS = sorted(set(structs()), key=lambda each: f"{each.__module__}.{each.__name__}")


@pytest.mark.parametrize("cls", STRUCTS, ids=lambda cls: cls.__name__)
def test_every_value_of_the_domain_is_frozen_and_has_no_room_for_more(cls: type[Struct]) -> None:
    assert cls.__struct_config__.frozen
    assert cls.__dictoffset__ == 0


def test_a_field_of_a_value_is_not_assigned() -> None:
    line = Line(ID, 5)

    with pytest.raises(AttributeError):
        line.amount_cents = 6  # type: ignore[misc]  # the point of it

    assert line.amount_cents == 5


def test_values_are_equal_and_hash_by_their_fields() -> None:
    line = Line(ID, 5, ("Ridge",))

    assert line == Line(ID, 5, ("Ridge",)) != Line(ID, 6, ("Ridge",))
    assert {line: 1}[Line(ID, 5, ("Ridge",))] == 1


def test_values_can_be_copied_sent_and_matched() -> None:
    line = Line(ID, 5)

    assert pickle.loads(pickle.dumps(line)) == copy.deepcopy(line) == line  # noqa: S301  # its own
    match line:
        case Line(identity, 5):
            assert identity is ID
        case _:
            pytest.fail("it did not match by its fields")


def test_a_copy_differs_in_what_was_changed_and_nothing_else() -> None:
    line = Line(ID, 5, ("Ridge",))

    assert replace(line, amount_cents=6) == Line(ID, 6, ("Ridge",))
    assert line.amount_cents == 5
    with pytest.raises(TypeError):
        replace(line, no_such_field=1)  # type: ignore[call-arg]  # the point of it


def test_a_copy_is_checked_as_what_is_made() -> None:
    debit, credit = Posting(Account.CASH, debit_cents=1), Posting(Account.CASH, credit_cents=1)
    moved = Moved(ID, (debit, credit))

    with pytest.raises(ValueError, match="differ"):
        replace(moved, postings=(debit,))


def test_an_event_that_moves_money_takes_its_own_fields_in_their_order() -> None:
    assert Moved.__struct_fields__ == ("line_id", "postings")


@pytest.mark.parametrize("made", [pickle.loads, None], ids=["sent", "copied"])
def test_a_rate_stays_a_rate(made: Any) -> None:
    rate = Rate("0.0975")
    again = made(pickle.dumps(rate)) if made else copy.deepcopy(rate)

    assert type(again) is Rate
    assert again == rate == Decimal("0.0975")
    assert hash(rate) == hash(Decimal("0.0975"))


def _leaves(kind: Any) -> set[Any]:
    arguments = [each for each in get_args(kind) if each is not Ellipsis]
    return set().union(*map(_leaves, arguments)) if arguments else {kind}


def test_no_event_and_no_state_holds_a_decimal_that_would_be_written_as_it_happens_to_look() -> (
    None
):
    stored = [cls for cls in STRUCTS if cls.__module__.endswith((".events", ".state", ".terms"))]

    assert stored
    for cls in stored:
        assert Decimal not in set().union(*map(_leaves, get_type_hints(cls).values()))
