"""What a loan was agreed on: its terms as originated, which nothing changes."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from domain.budgets.state import LineTerms, Source
from domain.kernel.day_count import DayCount
from domain.kernel.rates import Rate
from domain.kernel.rounding import Rounding
from domain.loans.limits import PropertyKind


class PolicyRule(StrEnum):
    """What a loan may demand of a draw beyond the rules that always bind, in the order checked."""

    INSPECTION = "INSPECTION"
    IN_BALANCE = "IN_BALANCE"
    CONDITIONAL_WAIVER = "CONDITIONAL_WAIVER"
    UNCONDITIONAL_WAIVER = "UNCONDITIONAL_WAIVER"
    TITLE_DATE_DOWN = "TITLE_DATE_DOWN"
    INSURANCE = "INSURANCE"
    CERTIFICATE_OF_OCCUPANCY = "CERTIFICATE_OF_OCCUPANCY"


class ExtensionOption(Struct, frozen=True):
    """A right to extend the maturity by some months for a fee, a fraction of the commitment."""

    months: int
    fee_rate: Rate


class Valuation(Struct, frozen=True):
    """What an appraiser said the property is worth now and when finished."""

    as_is_cents: int
    as_complete_cents: int
    valued_on: date


class LoanTerms(Struct, frozen=True):
    """The terms of a loan as originated.

    Attributes:
        commitment_cents: the most that may be advanced.
        rate: interest a year, a fraction; ``default_margin`` is added in default.
        late_charge_rate: of a late payment, after ``grace_days``.
        builder_user_id: the user who may request draws and see the loan as their own.
        draw_policy: which further rules a draw must meet, until it is changed.
        deposit_share: how much of a line may be a deposit on what is not yet delivered; half,
            unless the loan says otherwise.
        property_kind: what secures it, and with it the supervisor's limit to loan to value.
        ltc_max: the lender's own limit to loan to cost when the loan was originated, if any.
    """

    project_id: UUID
    project_name: str
    borrower_id: UUID
    borrower_name: str
    builder_user_id: UUID | None
    commitment_cents: int
    rate: Rate
    default_margin: Rate
    day_count: DayCount
    rounding: Rounding
    maturity_on: date
    late_charge_rate: Rate
    grace_days: int
    extension_options: tuple[ExtensionOption, ...]
    valuation: Valuation | None
    draw_policy: tuple[PolicyRule, ...]
    lines: tuple[LineTerms, ...]
    sources: tuple[Source, ...]
    memo: str | None = None
    property_kind: PropertyKind | None = None
    ltc_max: Rate | None = None
    deposit_share: Rate | None = None

    @property
    def secured_by(self) -> PropertyKind:
        """What secures the loan: construction, where the terms do not say."""
        return self.property_kind or PropertyKind.CONSTRUCTION
