"""Every version of every event that was ever released can still be read."""

from pathlib import Path
from typing import Any

import orjson
import pytest
import rfc8785

from domain.events.catalogue import CATALOGUE, EventType
from runtime.eventstore.codec import decode, encode
from tests.golden.__main__ import main
from tests.golden.files import (
    golden_paths,
    kept,
    misfits,
    named,
    path_of,
    payload_of,
    write_missing,
)


@pytest.mark.parametrize("kind", list(CATALOGUE), ids=lambda kind: kind.name)
def test_every_version_of_every_event_has_its_golden_file(kind: EventType) -> None:
    wanted = {path_of(kind.name, version) for version in range(1, kind.version + 1)}

    assert wanted <= set(golden_paths()), "run `make golden` and commit what it writes"


@pytest.mark.parametrize("path", golden_paths(), ids=lambda path: path.stem)
def test_what_was_released_is_read_and_written_back_as_it_was(path: Path) -> None:
    name, version = named(path)
    payload = payload_of(path)

    event = decode(name, version, payload)

    assert type(event) is CATALOGUE.named(name).cls
    if version == CATALOGUE.named(name).version:
        assert kept(orjson.loads(payload), orjson.loads(encode(event)))
    assert rfc8785.dumps(orjson.loads(payload)) == payload


def test_what_is_missing_is_written_and_what_is_there_is_left_alone(tmp_path: Path) -> None:
    written = write_missing(tmp_path)
    assert len(written) == len(list(CATALOGUE))
    written[0].write_bytes(b"as released\n")
    written[1].unlink()

    assert write_missing(tmp_path) == [written[1]]
    assert written[0].read_bytes() == b"as released\n"


def test_a_file_that_an_event_no_longer_says_is_named_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(tmp_path) == 0
    assert misfits(tmp_path) == []
    lacking, other = path_of("draw.rejected", 1, tmp_path), path_of("draw.returned", 1, tmp_path)
    for path in (lacking, other):
        payload = orjson.loads(path.read_bytes())
        del payload["draw_id"]
        path.write_bytes(orjson.dumps(payload))
    other.write_bytes(orjson.dumps({**orjson.loads(other.read_bytes()), "draw_id": 1}))
    capsys.readouterr()

    assert main(tmp_path) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert {path for path in misfits(tmp_path) if path.name in told.err} == {lacking, other}


@pytest.mark.parametrize(
    ("old", "new", "still"),
    [
        ({"a": 1}, {"a": 1, "b": None}, True),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1, "c": None}]}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ({"a": 1}, {"a": 2}, False),
        ({"a": [1]}, {"a": [1, 2]}, False),
    ],
)
def test_only_an_empty_optional_field_may_be_new_within_a_version(
    old: Any, new: Any, still: bool
) -> None:
    assert kept(old, new) is still
