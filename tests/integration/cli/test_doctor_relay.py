"""What doctor says of the relay and of the way to the broker."""

import json
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.cli.doctor import LAG_EVENTS_MAX

KEYS = json.dumps({"one": "k" * 40})


def findings(database_url: str, **settings: Any) -> dict[str, dict[str, Any]]:
    """Each by what was looked at."""
    given = {"database_url": database_url, "token_keys": KEYS} | settings
    environment = {f"DRAWBRIDGE_{name.upper()}": str(value) for name, value in given.items()}
    result = CliRunner().invoke(app, ["doctor", "--json"], env=environment)
    return {each["what"]: each for each in json.loads(result.stdout)}


@pytest.mark.parametrize(
    ("environment", "protocol", "well"),
    [
        ("development", "PLAINTEXT", True),
        ("staging", "PLAINTEXT", False),
        ("production", "PLAINTEXT", False),
        ("production", "SSL", True),
    ],
)
def test_a_broker_in_plain_text_is_warned_of_outside_development(
    database_url: str, on_broker: dict[str, Any], environment: str, protocol: str, well: bool
) -> None:
    found = findings(
        database_url, environment=environment, kafka_security_protocol=protocol, **on_broker
    )
    assert found["connection to the broker"]["well"] is well


def test_a_password_in_plain_text_is_warned_of_too(
    database_url: str, on_broker: dict[str, Any]
) -> None:
    signing_in = {
        "kafka_security_protocol": "SASL_PLAINTEXT",
        "kafka_username": "drawbridge",
        "kafka_password": "secret",
    }
    found = findings(database_url, environment="production", **(on_broker | signing_in))
    assert not found["connection to the broker"]["well"]


@pytest.mark.parametrize(("behind", "well"), [(LAG_EVENTS_MAX, True), (LAG_EVENTS_MAX + 1, False)])
def test_a_relay_one_event_too_far_behind_is_wrong(
    database_url: str, on_broker: dict[str, Any], behind: int, well: bool
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE ledger.head SET position = 5000")
        connection.execute(
            "INSERT INTO ledger.relay_checkpoint (topic, epoch, position)"
            " SELECT %s, epoch, 5000 - %s FROM ledger.store",
            [on_broker["kafka_topic"], behind],
        )
    assert findings(database_url, **on_broker)["relay"]["well"] is well


def test_without_a_broker_there_is_no_relay_to_be_behind(database_url: str) -> None:
    assert "relay" not in findings(database_url)
