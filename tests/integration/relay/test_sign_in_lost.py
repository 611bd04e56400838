"""A broker that no longer takes our password: the relay says so, and goes on when it does again."""

import asyncio
from pathlib import Path

import pytest
import trustme
from structlog.testing import capture_logs

import relay
from local.embedded import DataFolder
from runtime.settings import Settings
from tests.integration.broker.test_sign_in import PASSWORD, USER, as_pkcs8
from tests.integration.relay.test_handover import said
from tests.integration.relay.topic import relayed
from tests.office import open_office, running

pytestmark = [pytest.mark.only_on("kafka"), pytest.mark.timeout(300)]


async def test_a_password_that_is_taken_from_us_and_given_back_costs_nothing(
    data_folder: DataFolder, database_url: str, topic: str, tmp_path: Path
) -> None:
    from tests.servers.kafka_node import KafkaNode, Secured

    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1")
    chain = b"".join(each.bytes() for each in server.cert_chain_pems)
    (tmp_path / "node.pem").write_bytes(as_pkcs8(server.private_key_pem.bytes()) + chain)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    users = {USER: PASSWORD}
    secured = Secured(tmp_path / "node.pem", tmp_path / "authority.pem", users)
    with (
        KafkaNode(data_folder, name="kafka-that-forgets-us", secured=secured) as node,
        capture_logs() as lines,
    ):
        settings = Settings(
            database_url=database_url,
            kafka_bootstrap=node.sasl_tls_bootstrap,
            kafka_topic=topic,
            kafka_security_protocol="SASL_SSL",
            kafka_username=USER,
            kafka_password=PASSWORD,
            kafka_ca_file=tmp_path / "authority.pem",
        )

        async def come_back(password: str) -> None:
            users[USER] = password
            await asyncio.to_thread(node.kill)
            await asyncio.to_thread(node.start_empty)

        async with open_office(settings) as office, running(relay.run, settings):
            await office.active_loan()
            await relayed(settings, office.position)
            await come_back("another")
            await office.active_loan()
            await said(lines, "broker_refused")
            await come_back(PASSWORD)
            await office.active_loan()
            await relayed(settings, office.position)
    assert not any(PASSWORD in str(line) for line in lines)
