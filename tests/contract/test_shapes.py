"""What rows hold as JSON is in the print of their read model, and nothing else of its classes is."""

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

import pytest
from msgspec import UNSET, Struct, UnsetType, defstruct

from domain.draws.resource import DrawResource
from domain.draws.state import Draw
from domain.kernel.rates import Rate
from domain.kernel.resource import Resource
from projectors.engine.projection import Projection
from projectors.registry import READ_MODELS
from projectors.schema import Definition, read_model
from projectors.shapes import shape

PRINTS = (
    "from projectors.registry import READ_MODELS; print([m.definition.print for m in READ_MODELS])"
)


class Side(StrEnum):
    """Of a street."""

    RIGHT = "RIGHT"
    LEFT = "LEFT"


class Part(Resource):
    """Of a whole."""

    side: Side


class Whole(Resource):
    """Of parts."""

    parts: list[Part]
    first: Part | None
    last: Part | UnsetType = UNSET


class Holding(Struct, frozen=True):
    """Whatever the states hold beside what every class holds."""

    rates: tuple[Rate, ...]
    by_date: Mapping[date, int]
    sides: frozenset[Side] = frozenset()


def definition(*holds: type[Struct]) -> Definition:
    return Definition.of(read_model("some", holds=holds))


def more(kind: type[Struct], name: str = "zz_more_on") -> type[Struct]:
    """The class with one field more, which has a default."""
    return defstruct(kind.__name__, [(name, date | None, None)], bases=(kind,), frozen=kind is Draw)


def stored(of: Definition) -> Definition:
    return Definition.stored(of.data)


def test_a_field_more_of_a_state_or_of_a_resource_is_another_print() -> None:
    today = definition(Draw, DrawResource).print

    assert definition(more(Draw), DrawResource).print != today
    assert definition(Draw, more(DrawResource)).print != today
    assert definition(more(Draw)).print != definition(more(Draw, "seen_on")).print


def test_a_field_more_of_what_a_field_holds_is_another_print() -> None:
    outer = defstruct("Outer", [("whole", Whole), ("parts", tuple[Part, ...])])
    deeper = defstruct("Outer", [("whole", Whole), ("parts", tuple[more(Part), ...])])  # type: ignore[misc]  # made here

    assert definition(outer).print != definition(deeper).print


def test_fields_in_another_order_are_another_print_because_rows_are_compared_as_text() -> None:
    one = defstruct("State", [("first", int), ("second", int)])
    other = defstruct("State", [("second", int), ("first", int)])

    assert definition(one).print != definition(other).print


def test_neither_names_of_classes_nor_what_is_said_of_them_nor_defaults_are_in_a_print() -> None:
    one = defstruct("State", [("day", date | None, None)], namespace={"__doc__": "One."})
    other = defstruct("Other", [("day", None | date, date(2025, 1, 2))])

    assert definition(one).print == definition(other).print


def test_every_type_that_a_state_or_a_resource_has_is_told_by_name() -> None:
    sides: dict[str, Any] = {"one of": {"LEFT": {}, "RIGHT": {}}}
    part = {"object": {"side": sides}}

    assert shape(Holding) == {
        "object": {
            "rates": {"list": "Rate"},
            "by_date": {"map": ["date", "int"]},
            "sides": {"set": sides},
        }
    }
    assert shape(Whole) == {
        "object": {"parts": {"list": part}, "first": {"either": ["none", part]}, "last": part}
    }
    with pytest.raises(TypeError, match="FloatType"):
        shape(defstruct("State", [("rate", float)]))


def test_the_prints_are_the_same_in_every_process() -> None:
    other_seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    told = subprocess.run(
        [sys.executable, "-c", PRINTS],
        env={"PYTHONHASHSEED": other_seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()

    assert told == str([each.definition.print for each in READ_MODELS])


def test_queries_of_before_read_what_holds_more_and_refuse_what_shows_less() -> None:
    before, after = definition(Draw, DrawResource), definition(more(Draw), more(DrawResource))

    assert stored(after).serves(before)
    assert not stored(before).serves(after)
    assert definition(more(Draw), DrawResource).serves(before)
    assert before.serves(definition(more(Draw), DrawResource))


def test_a_definition_that_was_kept_before_says_nothing_of_what_is_held() -> None:
    own = definition(Draw, DrawResource)
    kept = Definition.stored({"version": own.version, "tables": own.tables})

    assert kept.print != own.print
    assert kept.serves(own)
    assert own.serves(kept)
    assert definition().print == stored(definition()).print


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda each: each.name)
def test_a_read_model_whose_rows_hold_json_says_of_what(model: Projection) -> None:
    columns = {column.name for table in model.tables for column in table.columns}
    kinds: tuple[type[Any], ...] = model.tables[0].metadata.info["holds"]

    assert ("body" in columns) == any(issubclass(kind, Resource) for kind in kinds)
    assert ("folded" in columns) == any(not issubclass(kind, Resource) for kind in kinds)
