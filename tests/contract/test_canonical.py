"""The canonical bytes of a body: the quick way and the slow one tell the same."""

import json
import uuid
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.http.requests import DEPTH_MAX, canonical_json
from runtime.ids import named_id
from runtime.problems import Problem

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
names = st.sampled_from(["a", "b", ":", "a:", '"', "\\", "é", "\0", "{"])
leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(names, inner), max_size=3),
    max_leaves=12,
)
"""Lists of pairs stand for objects, which may then name a key twice."""


def _is_object(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, tuple) for one in value)


def _written(value: Any, *, escaped: bool) -> str:
    if _is_object(value):
        return (
            "{"
            + ", ".join(
                f"{json.dumps(name, ensure_ascii=escaped)}: {_written(one, escaped=escaped)}"
                for name, one in value
            )
            + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(_written(one, escaped=escaped) for one in value) + "]"
    return json.dumps(value, ensure_ascii=escaped)


def _names_twice(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    if not _is_object(value):
        return any(_names_twice(one) for one in value)
    counted = Counter(name for name, _ in value)
    return max(counted.values()) > 1 or any(_names_twice(one) for _, one in value)


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    return isinstance(value, list | tuple) and any(_holds_nul(one) for one in value)


@given(st.lists(st.tuples(names, values), min_size=1, max_size=4), st.booleans())
def test_keys_named_twice_and_nul_are_refused_and_all_else_is_sorted(
    pairs: list[tuple[str, Any]], escaped: bool
) -> None:
    body = _written(pairs, escaped=escaped).encode()
    if _names_twice(pairs) or _holds_nul(pairs):
        with pytest.raises(Problem, match="must be"):
            canonical_json(body)
    else:
        canonical = canonical_json(body)
        assert json.loads(canonical) == json.loads(body)
        assert canonical_json(canonical) == canonical


@pytest.mark.parametrize("hidden", ['{"a":":","a":1}', '{"a":"\\u003a","a":":"}', '{":":1,":":2}'])
def test_colons_in_text_hide_no_key_that_is_named_twice(hidden: str) -> None:
    with pytest.raises(Problem, match="named once"):
        canonical_json(hidden.encode())


@pytest.mark.parametrize("depth", [DEPTH_MAX, 300, 1000])
def test_what_is_too_deep_is_refused(depth: int) -> None:
    body = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
    with pytest.raises(Problem, match="deep"):
        canonical_json(body)


def test_many_brackets_are_not_deep() -> None:
    assert canonical_json(b'{"a":[' + b"[]," * 100 + b"[]]}").startswith(b'{"a":[[]')


@given(st.uuids(), words)
def test_a_named_id_is_what_the_library_makes_of_the_name(namespace: uuid.UUID, name: str) -> None:
    assert named_id(namespace, name) == uuid.uuid5(namespace, name)
