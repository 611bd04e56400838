"""Doors that want TLS, a password or a certificate: the right ones pass, others are told why not."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiokafka.errors import KafkaConnectionError
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from pydantic import ValidationError
from structlog.testing import capture_logs
from typer.testing import CliRunner

import relay
from deploy.cli import app
from local.embedded import DataFolder
from projectors import engine
from runtime import kafka
from runtime.settings import Settings
from tests.faults.test_broker_wipe import relayed
from tests.integration.broker.talk import PARTITIONS, fetched, send
from tests.office import WAIT_SECONDS_MAX, caught_up, open_office, running

MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
USER, PASSWORD = "drawbridge", "correct-horse"


@dataclass(frozen=True, slots=True)
class Doors:
    """A node's two doors with TLS, and what opens them."""

    password_door: str
    certificate_door: str
    authority: Path
    other_authority: Path
    certificate: Path
    key: Path
    stranger_certificate: Path
    stranger_key: Path

    def by_password(self, topic: str, **changed: Any) -> dict[str, Any]:
        """Settings for the door that wants a user name and a password."""
        right = {
            "kafka_bootstrap": self.password_door,
            "kafka_topic": topic,
            "kafka_security_protocol": "SASL_SSL",
            "kafka_sasl_mechanism": "SCRAM-SHA-512",
            "kafka_username": USER,
            "kafka_password": PASSWORD,
            "kafka_ca_file": str(self.authority),
        }
        return right | changed

    def by_certificate(self, topic: str, **changed: Any) -> dict[str, Any]:
        """Settings for the door that wants a client's certificate."""
        right = {
            "kafka_bootstrap": self.certificate_door,
            "kafka_topic": topic,
            "kafka_security_protocol": "SSL",
            "kafka_ca_file": str(self.authority),
            "kafka_certificate_file": str(self.certificate),
            "kafka_key_file": str(self.key),
        }
        return right | changed


@pytest.fixture(scope="module")
def doors(data_folder: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """A node of Apache Kafka with an authority made for it, and another that is not its own."""
    from tests.servers.kafka_node import KafkaNode, Secured

    folder = tmp_path_factory.mktemp("certificates")
    ours, others = trustme.CA(), trustme.CA()
    node, client = ours.issue_cert("127.0.0.1"), ours.issue_cert("relay.drawbridge.test")
    stranger = others.issue_cert("relay.drawbridge.test")
    chain = b"".join(each.bytes() for each in node.cert_chain_pems)
    (folder / "node.pem").write_bytes(as_pkcs8(node.private_key_pem.bytes()) + chain)
    ours.cert_pem.write_to_path(folder / "authority.pem")
    others.cert_pem.write_to_path(folder / "other.pem")
    for name, each in (("client", client), ("stranger", stranger)):
        each.private_key_pem.write_to_path(folder / f"{name}.key")
        each.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
    secured = Secured(folder / "node.pem", folder / "authority.pem", {USER: PASSWORD})
    with KafkaNode(data_folder, name="kafka-with-doors", secured=secured) as server:
        yield Doors(
            password_door=server.sasl_tls_bootstrap,
            certificate_door=server.tls_bootstrap,
            authority=folder / "authority.pem",
            other_authority=folder / "other.pem",
            certificate=folder / "client.pem",
            key=folder / "client.key",
            stranger_certificate=folder / "stranger.pem",
            stranger_key=folder / "stranger.key",
        )


def as_pkcs8(key_pem: bytes) -> bytes:
    """The same key in the one form that Kafka reads."""
    key = load_pem_private_key(key_pem, password=None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def doctor_on_broker(database_url: str, settings: dict[str, Any]) -> dict[str, Any]:
    """What doctor finds of the broker."""
    given = {"database_url": database_url} | settings
    environment = {f"DRAWBRIDGE_{name.upper()}": str(value) for name, value in given.items()}
    result = CliRunner().invoke(app, ["doctor", "--json"], env=environment)
    findings = {each["what"]: each for each in json.loads(result.stdout)}
    found: dict[str, Any] = findings["broker"]
    return found


async def passes(settings: Settings) -> None:
    """Make a topic, send and fetch."""
    await kafka.ensure_topic(settings, PARTITIONS)
    await send(settings, b"one", b"two")
    assert await fetched(settings, 2) == [b"one", b"two"]


@pytest.mark.only_on("kafka")
@pytest.mark.parametrize("mechanism", MECHANISMS)
async def test_the_right_password_sends_and_fetches(
    doors: Doors, topic: str, mechanism: str
) -> None:
    await passes(Settings(**doors.by_password(topic, kafka_sasl_mechanism=mechanism)))


@pytest.mark.only_on("kafka")
async def test_the_right_certificate_sends_and_fetches(doors: Doors, topic: str) -> None:
    await passes(Settings(**doors.by_certificate(topic)))


@pytest.mark.only_on("kafka")
@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("wrong", [{"kafka_password": "wrong"}, {"kafka_username": "stranger"}])
async def test_a_wrong_user_or_password_is_refused_and_not_called_away(
    doors: Doors, topic: str, mechanism: str, wrong: dict[str, str]
) -> None:
    settings = Settings(**doors.by_password(topic, kafka_sasl_mechanism=mechanism, **wrong))
    with pytest.raises(kafka.BrokerRefused):
        await kafka.ensure_topic(settings, PARTITIONS)


@pytest.mark.only_on("kafka")
async def test_a_broker_that_another_authority_signed_is_refused(doors: Doors, topic: str) -> None:
    another = str(doors.other_authority)
    for settings in (
        doors.by_password(topic, kafka_ca_file=another),
        doors.by_certificate(topic, kafka_ca_file=another),
    ):
        with pytest.raises(kafka.BrokerRefused):
            await kafka.greet(Settings(**settings))


@pytest.mark.only_on("kafka")
async def test_a_certificate_of_another_authority_or_none_is_not_let_in(
    doors: Doors, topic: str
) -> None:
    theirs = {
        "kafka_certificate_file": str(doors.stranger_certificate),
        "kafka_key_file": str(doors.stranger_key),
    }
    for changed in (theirs, dict.fromkeys(theirs)):
        with pytest.raises((kafka.BrokerRefused, KafkaConnectionError)):
            await kafka.ensure_topic(Settings(**doors.by_certificate(topic, **changed)), PARTITIONS)


@pytest.mark.only_on("kafka")
async def test_speaking_in_the_clear_to_a_door_with_tls_is_not_let_in(
    doors: Doors, topic: str
) -> None:
    in_the_clear = {"kafka_security_protocol": "SASL_PLAINTEXT", "kafka_ca_file": None}
    with pytest.raises(KafkaConnectionError):
        await kafka.greet(Settings(**doors.by_password(topic, **in_the_clear)))


@pytest.mark.only_on("kafka")
async def test_relay_and_projectors_work_behind_the_password(
    doors: Doors, database_url: str, topic: str
) -> None:
    settings = Settings(database_url=database_url, **doors.by_password(topic))
    async with (
        open_office(settings) as office,
        running(relay.run, settings),
        running(engine.run, settings),
    ):
        await office.three_draw_loan()
        await relayed(settings, office.position)
        await caught_up(database_url)


@pytest.mark.only_on("kafka")
async def test_the_relay_says_that_it_is_refused_and_not_that_the_broker_is_away(
    doors: Doors, database_url: str, topic: str
) -> None:
    settings = Settings(
        database_url=database_url, **doors.by_password(topic, kafka_password="wrong")
    )
    with capture_logs() as said:
        async with running(relay.run, settings), asyncio.timeout(WAIT_SECONDS_MAX):
            while not said:
                await asyncio.sleep(0.05)
    assert {line["event"] for line in said} == {"broker_refused"}
    assert not any("wrong" in str(line) for line in said)


@pytest.mark.only_on("kafka")
def test_doctor_passes_who_is_let_in_and_names_a_wrong_password_and_a_wrong_authority(
    doors: Doors, database_url: str, topic: str
) -> None:
    assert doctor_on_broker(database_url, doors.by_password(topic))["well"]
    for changed in ({"kafka_password": "wrong"}, {"kafka_ca_file": doors.other_authority}):
        finding = doctor_on_broker(database_url, doors.by_password(topic, **changed))
        assert not finding["well"]
        assert "DRAWBRIDGE_KAFKA_PASSWORD" in finding["mend"]


@pytest.mark.parametrize(
    "given",
    [
        {"kafka_username": USER, "kafka_password": PASSWORD},
        {"kafka_security_protocol": "SASL_SSL"},
        {"kafka_security_protocol": "SASL_SSL", "kafka_username": USER},
        {"kafka_security_protocol": "SSL", "kafka_password": PASSWORD},
        {"kafka_ca_file": __file__},
        {"kafka_security_protocol": "SSL", "kafka_certificate_file": __file__},
        {"kafka_security_protocol": "SSL", "kafka_ca_file": "/nowhere/authority.pem"},
        {"kafka_security_protocol": "ssl3"},
    ],
)
def test_settings_that_would_be_ignored_or_are_not_enough_are_refused(
    given: dict[str, str],
) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**given)
    assert PASSWORD not in str(refused.value)
