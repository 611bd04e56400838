"""Settings, read from the environment once, in an entry point, and handed down as arguments."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.loans.limits import LimitMode

DEVELOPMENT_TOKEN_KEY = "drawbridge-development-key-not-for-production"  # noqa: S105  # refused outside development


class Environment(StrEnum):
    """Where a process runs; only development may use defaults that are not secret."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Everything that differs between one place and another: ``DRAWBRIDGE_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="DRAWBRIDGE_", extra="ignore")

    environment: Environment = Environment.DEVELOPMENT
    database_url: str = "postgresql://drawbridge@127.0.0.1:5432/drawbridge"
    kafka_bootstrap: str | None = None
    """Host and port of a broker; without one the read side follows the store by polling."""
    kafka_topic: str = "drawbridge.events.v1"
    kafka_idempotence: bool = True
    """Whether the broker takes an idempotent producer (Tansu does not)."""

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

    database_pool_max: int = 8
    append_batch_max: int = 128
    append_queue_max: int = 4096
    states_cached_max: int = 20_000
    supervisory_limits: LimitMode = LimitMode.WARN
    """Whether a loan beyond a limit to loan to value or loan to cost is reported or refused."""
    loan_to_cost_max: Decimal | None = Field(default=None, gt=0, le=1)
    """The lender's own limit to loan to cost; none unless set."""
    min_position_wait_seconds: float = 2.0
    log_json: bool = True
    log_level: str = "INFO"

    @property
    def access_token_lifetime(self) -> timedelta:
        """How long an access token is good for."""
        return timedelta(seconds=self.access_token_seconds)
