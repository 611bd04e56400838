"""What the environment may leave empty."""

import pytest

from runtime.settings import Settings


@pytest.mark.parametrize(("given", "read"), [("", None), ("127.0.0.1:9092", "127.0.0.1:9092")])
def test_an_empty_name_of_a_broker_is_none(
    monkeypatch: pytest.MonkeyPatch, given: str, read: str | None
) -> None:
    monkeypatch.setenv("DRAWBRIDGE_KAFKA_BOOTSTRAP", given)
    assert Settings().kafka_bootstrap == read
