"""Old payloads lifted to today's schema, a step a version."""

import pytest

from domain.events.upcasting import STEPS, Payload, upcast, upcasts

NAME = "test.renamed"


@pytest.fixture(autouse=True)
def steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two steps of an event of the tests, registered as a capability registers its own."""
    for version in (1, 2):
        monkeypatch.delitem(STEPS, (NAME, version), raising=False)

    @upcasts(NAME, 1)
    def rename(old: Payload) -> Payload:
        return {"amount": old["sum"]}

    @upcasts(NAME, 2)
    def to_cents(old: Payload) -> Payload:
        return {"amount_cents": old["amount"] * 100}

    for version in (1, 2):
        monkeypatch.setitem(STEPS, (NAME, version), STEPS.pop((NAME, version)))


@pytest.mark.parametrize(
    ("version", "payload"), [(1, {"sum": 7}), (2, {"amount": 7}), (3, {"amount_cents": 700})]
)
def test_every_version_arrives_at_the_newest(version: int, payload: Payload) -> None:
    assert upcast(NAME, version, 3, payload) == {"amount_cents": 700}


def test_a_missing_step_is_named() -> None:
    with pytest.raises(LookupError, match=f"{NAME} from version 3"):
        upcast(NAME, 1, 4, {"sum": 7})


def test_an_event_newer_than_this_code_is_refused() -> None:
    with pytest.raises(LookupError, match="newer"):
        upcast(NAME, 4, 3, {})


def test_a_version_has_one_step() -> None:
    with pytest.raises(ValueError, match="two upcasters"):
        upcasts(NAME, 1)(lambda old: old)
