"""What `make new` makes of the one name that it is given, and where it puts what it writes."""

import pytest

from tools.new import source
from tools.new.names import BadNameError, EventNames, plural, singular
from tools.new.source import NoPlaceError


@pytest.mark.parametrize(
    ("did", "do"),
    [
        ("inspected", "inspect"),
        ("approved", "approve"),
        ("completed", "complete"),
        ("stopped", "stop"),
        ("closed", "close"),
        ("released", "release"),
        ("noted", "note"),
        ("attached", "attach"),
    ],
)
def test_the_command_follows_from_what_happened(did: str, do: str) -> None:
    assert EventNames.of(f"draw.{did}", None).do == do


def test_what_does_not_follow_is_asked_for() -> None:
    with pytest.raises(BadNameError, match="COMMAND="):
        EventNames.of("draw.withdrawn", None)
    assert EventNames.of("draw.withdrawn", "withdraw").do == "withdraw"


@pytest.mark.parametrize("name", ["inspected", "draw.Inspected", "draw.", "draw.in-spected", ""])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(BadNameError):
        EventNames.of(name, "inspect")


@pytest.mark.parametrize(
    ("one", "many"), [("task", "tasks"), ("policy", "policies"), ("tax", "taxes")]
)
def test_a_capability_is_called_by_what_it_has_many_of(one: str, many: str) -> None:
    assert (plural(one), singular(many)) == (many, one)


def test_a_member_is_added_where_the_union_ends_and_nowhere_else() -> None:
    text = "A = B | C\n# A = B | C\nD = (\n    B\n    | C\n)\n"

    assert (
        source.with_member(text, "D", "E")
        == "A = B | C\n# A = B | C\nD = (\n    B\n    | C | E\n)\n"
    )


def test_a_case_is_added_before_the_one_that_asserts_that_there_is_no_other() -> None:
    text = "def fold(x):\n    match x:\n        case A():\n            return 1\n        case _:\n            return 2\n"

    assert source.with_case(text, "fold", "case B():\n    return 3\n") == (
        "def fold(x):\n    match x:\n        case A():\n            return 1\n"
        "        case B():\n            return 3\n        case _:\n            return 2\n"
    )


def test_what_has_no_place_is_refused_and_not_put_anywhere() -> None:
    with pytest.raises(NoPlaceError):
        source.with_member("A = 1\n", "B", "C")
    with pytest.raises(NoPlaceError):
        source.with_case("def fold(x):\n    return x\n", "fold", "case B(): ...\n")
