"""Settings, read from the environment once, in an entry point, and handed down as arguments."""

from datetime import date, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, FilePath, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.business_date import business_date, time_zone

DEVELOPMENT_TOKEN_KEY = "drawbridge-development-key-not-for-production"  # noqa: S105  # refused outside development


class Environment(StrEnum):
    """Where a process runs; only development may use defaults that are not secret."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


class SecurityProtocol(StrEnum):
    """How a connection to Kafka is made, by Kafka's own names."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def encrypts(self) -> bool:
        """Whether the connection is TLS."""
        return self in (SecurityProtocol.SSL, SecurityProtocol.SASL_SSL)

    @property
    def signs_in(self) -> bool:
        """Whether the broker wants a user name and a password."""
        return self in (SecurityProtocol.SASL_PLAINTEXT, SecurityProtocol.SASL_SSL)


class SaslMechanism(StrEnum):
    """How a user name and a password are shown to Kafka."""

    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"


class Settings(BaseSettings):
    """Everything that differs between one place and another: ``DRAWBRIDGE_<NAME>``."""

    model_config = SettingsConfigDict(
        env_prefix="DRAWBRIDGE_", extra="ignore", hide_input_in_errors=True
    )

    environment: Environment = Environment.DEVELOPMENT
    database_url: str = "postgresql://drawbridge@127.0.0.1:5432/drawbridge"
    kafka_bootstrap: str | None = None
    """Host and port of a broker; without one, or empty, the read side follows the store by polling."""
    kafka_topic: str = "drawbridge.events.v1"
    kafka_idempotence: bool = True
    """Whether the broker takes an idempotent producer (Tansu does not)."""
    kafka_replication_factor: int = Field(default=1, ge=1)
    """Copies of the topic, should we be the one who makes it; 3 where there are three brokers."""
    kafka_security_protocol: SecurityProtocol = SecurityProtocol.PLAINTEXT
    kafka_sasl_mechanism: SaslMechanism = SaslMechanism.SCRAM_SHA_512
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca_file: FilePath | None = None
    """Certificates (PEM) that sign the brokers'; the system's unless given."""
    kafka_certificate_file: FilePath | None = None
    """Our certificate (PEM), where the brokers want one; with its key in ``kafka_key_file``."""
    kafka_key_file: FilePath | None = None
    kafka_key_password: SecretStr | None = None

    token_keys: dict[str, SecretStr] = Field(
        default_factory=lambda: {"development": SecretStr(DEVELOPMENT_TOKEN_KEY)}
    )
    """Signing keys by ``kid``; the first signs, all verify."""
    access_token_seconds: int = 900
    refresh_token_seconds: int = 14 * 24 * 3600

    anonymous_requests_per_hour: int = 100
    authenticated_requests_per_hour: int = 1000
    body_bytes_max: int = 1024 * 1024
    cors_origins: list[str] = Field(default_factory=list)
    trusted_proxies: list[str] = Field(default_factory=list)
    """Addresses or networks of our own proxies, whose ``X-Forwarded-For`` names the caller."""

    database_pool_max: int = 8
    append_batch_max: int = 128
    append_queue_max: int = 4096
    states_cached_max: int = 20_000
    supervisory_limits: Literal["WARN", "REFUSE"] = "WARN"
    """Whether a loan beyond a limit to loan to value or loan to cost is reported or refused."""
    loan_to_cost_max: Decimal | None = Field(default=None, gt=0, le=1)
    """The lender's own limit to loan to cost; none unless set."""
    business_time_zone: str = "UTC"
    """Where business is done, by its name in the IANA database: it says which day it is today."""
    min_position_wait_seconds: float = 2.0
    log_json: bool = True
    log_level: str = "INFO"

    @field_validator("kafka_bootstrap")
    @classmethod
    def _nothing_is_no_broker(cls, given: str | None) -> str | None:
        return given or None

    @field_validator("business_time_zone")
    @classmethod
    def _a_time_zone_there_is(cls, given: str) -> str:
        time_zone(given)
        return given

    @property
    def business_zone(self) -> tzinfo:
        """The time zone that business is done in."""
        return time_zone(self.business_time_zone)

    @property
    def today(self) -> date:
        """The business date now; what serves a request takes that of its `Call`."""
        return business_date(self.business_zone)

    @property
    def access_token_lifetime(self) -> timedelta:
        """How long an access token is good for."""
        return timedelta(seconds=self.access_token_seconds)

    @model_validator(mode="after")
    def _kafka_is_told_all_it_needs(self) -> Self:
        """What would be silently ignored is refused: it may be what was to keep a secret."""
        protocol = self.kafka_security_protocol
        signing_in = (self.kafka_username, self.kafka_password)
        if protocol.signs_in and None in signing_in:
            raise ValueError(f"{protocol} needs kafka_username and kafka_password")
        if not protocol.signs_in and signing_in != (None, None):
            raise ValueError(f"kafka_username and kafka_password are not used with {protocol}")
        files = (self.kafka_ca_file, self.kafka_certificate_file, self.kafka_key_file)
        if not protocol.encrypts and files != (None, None, None):
            raise ValueError(f"certificates of Kafka are not used with {protocol}")
        if (self.kafka_certificate_file is None) != (self.kafka_key_file is None):
            raise ValueError("kafka_certificate_file and kafka_key_file go together")
        return self
