"""What the first version recorded is read, written back and hashed as it was, byte for byte."""

import orjson
import rfc8785

from domain.events.catalogue import CATALOGUE
from runtime.eventstore.codec import encode
from runtime.eventstore.hashing import leaf_hash
from runtime.eventstore.records import StoredEvent
from tests.golden.files import golden_paths, kept, named
from tests.golden.log import states, stored_events
from tests.golden.recording import resources

LOG = list(stored_events())
KINDS_RECORDED = 71
"""As many kinds of event as there were; those that came after are in golden files alone."""


def leaf_of(event: StoredEvent, payload: bytes) -> bytes:
    """The leaf of a stored event, were this its payload."""
    return leaf_hash(
        stream_id=event.stream_id,
        stream_version=event.stream_version,
        type=event.type,
        schema_version=event.schema_version,
        command_id=event.command_id,
        actor=event.actor,
        effective_on=event.effective_on,
        payload=payload,
    )


def test_every_kind_of_event_that_there_was_is_in_the_log() -> None:
    recorded = {event.type for event in LOG}

    assert len(recorded) == KINDS_RECORDED
    assert recorded <= {name for name, version in map(named, golden_paths()) if version == 1}


def test_every_leaf_is_the_one_that_was_recorded() -> None:
    assert all(leaf_of(event, event.payload) == event.leaf_hash for event in LOG)


def test_every_event_is_written_back_in_its_own_bytes_where_its_schema_is_the_same() -> None:
    for event in LOG:
        decoded = event.decode().event
        if CATALOGUE.named(event.type).version == event.schema_version:
            assert encode(decoded) == event.payload
            assert leaf_of(event, encode(decoded)) == event.leaf_hash


def test_what_is_kept_is_canonical() -> None:
    assert all(rfc8785.dumps(orjson.loads(event.payload)) == event.payload for event in LOG)


def test_the_log_leads_to_the_states_that_it_led_to() -> None:
    found = resources(LOG)

    assert len(states()) == len(found)
    for expected in states():
        assert kept(expected, found[expected["id"]])
