"""What tests start runs under no settings but those that it is given."""

import os

import pytest
from pydantic import ValidationError

from runtime.settings import Settings
from tests.contract.edge import settings_of
from tests.environment import bare, bared

GIVEN = "DRAWBRIDGE_KAFKA_SECURITY_PROTOCOL"


def test_settings_around_a_test_do_not_reach_what_it_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(GIVEN, "NO_SUCH_PROTOCOL")

    with bared():
        assert Settings().kafka_security_protocol == "PLAINTEXT"

    assert os.environ[GIVEN] == "NO_SUCH_PROTOCOL"
    assert GIVEN not in bare()
    assert os.environ.items() >= bare().items()


@pytest.mark.parametrize(
    "change", [{"anonymous_request_per_hour": 3}, {"anonymous_requests_per_hour": "three"}]
)
def test_no_test_changes_a_setting_that_is_none(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings_of(**change)
