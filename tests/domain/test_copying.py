"""Copies with fields changed: as the library's, of whatever dataclass."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import pytest

from domain.kernel.copying import replace


@dataclass(frozen=True, slots=True)
class Wide:
    one: int
    two: str = "2"
    three: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Single:
    only: int


@dataclass(frozen=True)
class Unslotted:
    one: int
    two: int = 2


@dataclass(frozen=True, slots=True)
class Checked:
    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("the wrong way round")


@dataclass(frozen=True, slots=True)
class Inherited(Wide):
    four: int = 4


@dataclass(frozen=True, slots=True)
class Derived:
    one: int
    two: int = field(init=False, default=7)


@pytest.mark.parametrize(
    ("value", "changes"),
    [
        (Wide(1), {"two": "b"}),
        (Wide(1), {}),
        (Wide(1, "b", (3,)), {"one": 9, "three": ()}),
        (Single(1), {"only": 2}),
        (Unslotted(1), {"two": 3}),
        (Checked(1, 2), {"high": 5}),
        (Inherited(1), {"one": 2, "four": 3}),
        (Derived(1), {"one": 5}),
    ],
)
def test_a_copy_is_what_the_library_would_make(value: Any, changes: dict[str, Any]) -> None:
    before = dataclasses.replace(value)
    copy = replace(value, **changes)
    assert copy == dataclasses.replace(value, **changes)
    assert type(copy) is type(value)
    assert value == before


def test_a_class_that_checks_itself_does_so_in_a_copy() -> None:
    with pytest.raises(ValueError, match="wrong way"):
        replace(Checked(1, 2), low=3)


@pytest.mark.parametrize("value", [Wide(1), Unslotted(1)])
def test_a_field_that_is_not_there_is_not_changed(value: Any) -> None:
    with pytest.raises((AttributeError, TypeError)):
        replace(value, four=4)


def test_a_copy_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        replace(Wide(1), one=2).one = 3  # type: ignore[misc]  # that is the point
