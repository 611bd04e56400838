"""Where the brokers are, and how we show who we are."""

import ssl
from typing import Any

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from runtime.settings import Settings

REQUEST_MILLISECONDS_MAX = 5_000


class BrokerRefused(Exception):
    """The broker does not take us for who we are, or we it: settings mend that, waiting does not."""


_REFUSALS = (
    AuthenticationFailedError,
    IllegalSaslStateError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
    ssl.SSLError,
)


def connection(settings: Settings) -> dict[str, Any]:
    """What every client of ours is made with: where the brokers are and how we show who we are.

    Raises:
        ssl.SSLError: a certificate or a key cannot be read.
    """
    protocol = settings.kafka_security_protocol
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap,
        "security_protocol": protocol.value,
        "request_timeout_ms": REQUEST_MILLISECONDS_MAX,
    }
    if protocol.encrypts:
        options["ssl_context"] = _tls(settings)
    if protocol.signs_in and settings.kafka_password is not None:
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism.value
        options["sasl_plain_username"] = settings.kafka_username
        options["sasl_plain_password"] = settings.kafka_password.get_secret_value()
    return options


def _tls(settings: Settings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.kafka_ca_file)
    if settings.kafka_certificate_file is not None:
        password = settings.kafka_key_password
        context.load_cert_chain(
            settings.kafka_certificate_file,
            settings.kafka_key_file,
            # Without a password OpenSSL would ask the terminal for one.
            password.get_secret_value() if password else "",
        )
    return context


async def greet(settings: Settings) -> None:
    """Connect to one of the brokers as any client does, and say why where none lets us in.

    aiokafka's clients keep the reason to themselves.

    Raises:
        BrokerRefused: our name, password or certificate, or the broker's certificate, is not taken.
        KafkaConnectionError: the brokers are away.
    """
    options = connection(settings)
    away = []
    for host, port, _ in collect_hosts(options.pop("bootstrap_servers")):
        try:
            connected = await create_conn(host, port, **options)
        except _REFUSALS as error:
            raise BrokerRefused(f"{host}:{port}: {error}") from error
        except (KafkaError, OSError, TimeoutError) as error:
            away.append(f"{host}:{port}: {str(error) or type(error).__name__}")
        else:
            await connected.close()
            return
    # One that closes at our first word may speak another protocol.
    raise KafkaConnectionError(f"by {settings.kafka_security_protocol}: {'; '.join(away)}")
