"""What can have happened to a loan whose borrower does not pay: default and cure, accrual, days past due."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from domain.events.catalogue import Event, recorded_as


class AccrualStatus(StrEnum):
    """Whether interest is income as it accrues, or only once it is paid."""

    ACCRUAL = "ACCRUAL"
    NONACCRUAL = "NONACCRUAL"


class Delinquency(StrEnum):
    """How long the oldest unpaid obligation has been due."""

    CURRENT = "CURRENT"
    DAYS_1_29 = "1-29"
    DAYS_30_59 = "30-59"
    DAYS_60_89 = "60-89"
    DAYS_90 = "90+"


@recorded_as(
    "loan.default_declared",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="declared_on",
)
class DefaultDeclared(Event, Struct, frozen=True):
    """The borrower is in default; the default margin accrues from this day."""

    loan_id: UUID
    declared_on: date
    reason: str


@recorded_as(
    "loan.default_cured", version=1, stream="loan_id", partition_key="loan_id", dated="cured_on"
)
class DefaultCured(Event, Struct, frozen=True):
    """The default is cured; the margin accrues to, excluding, this day."""

    loan_id: UUID
    cured_on: date
    reason: str | None = None


@recorded_as(
    "loan.accrual_status_changed",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="changed_on",
)
class AccrualStatusChanged(Event, Struct, frozen=True):
    """From this day interest is, or is no longer, income as it accrues."""

    loan_id: UUID
    status: AccrualStatus
    changed_on: date
    reason: str | None = None


@recorded_as(
    "loan.delinquency_aged",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="aged_on",
)
class DelinquencyAged(Event, Struct, frozen=True):
    """The loan moved to another bucket; ``due_on`` is its oldest unpaid obligation's date."""

    loan_id: UUID
    aged_on: date
    bucket: Delinquency
    due_on: date | None


DefaultEvent = DefaultDeclared | DefaultCured | AccrualStatusChanged | DelinquencyAged
