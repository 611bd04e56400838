"""Values that only their type checker freezes: in all else what frozen dataclasses are."""

import copy
import dataclasses
import pickle
from dataclasses import field
from uuid import UUID

import pytest

from domain.kernel.copying import replace
from domain.kernel.values import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    line_id: UUID
    amount_cents: int = 0
    payees: tuple[str, ...] = field(default_factory=tuple)


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    line_id: UUID
    amount_cents: int = 0
    payees: tuple[str, ...] = field(default_factory=tuple)


ID = UUID(int=7)


def test_values_are_equal_and_hash_by_their_fields_as_frozen_dataclasses_do() -> None:
    line = Line(ID, 5, ("Ridge",))
    assert line == Line(ID, 5, ("Ridge",)) != Line(ID, 6, ("Ridge",))
    assert hash(line) == hash(Frozen(ID, 5, ("Ridge",)))
    assert {line: 1}[Line(ID, 5, ("Ridge",))] == 1


def test_a_value_has_slots_defaults_and_a_text_of_its_own() -> None:
    assert not hasattr(Line(ID), "__dict__")
    assert repr(Line(ID)) == repr(Frozen(ID)).replace("Frozen", "Line")


def test_values_can_be_copied_sent_and_matched() -> None:
    line = Line(ID, 5)
    assert pickle.loads(pickle.dumps(line)) == copy.deepcopy(line) == line  # noqa: S301  # its own
    assert replace(line, amount_cents=6) == dataclasses.replace(line, amount_cents=6)
    match line:
        case Line(identity, 5):
            assert identity is ID
        case _:
            pytest.fail("it did not match by its fields")


@pytest.mark.parametrize(
    "options", [{"frozen": False, "slots": True}, {"frozen": True, "slots": False}]
)
def test_a_value_is_nothing_but_frozen_with_slots(options: dict[str, bool]) -> None:
    with pytest.raises(TypeError):
        dataclass(**options)
