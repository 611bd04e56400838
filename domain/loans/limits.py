"""Loan to cost and loan to value, and the limits that a lender and its supervisor set to them.

**Source**: `RULES.md`, "Supervisory limits": the loan-to-value limits of the Interagency Guidelines
for Real Estate Lending Policies, which 12 CFR 628 App. A repeats.
"""

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from msgspec import Struct

from domain.kernel.errors import Detail
from domain.kernel.rounding import to_cents
from domain.loans.refusals import LTC_EXCEEDED, SUPERVISORY_LTV_EXCEEDED

RATIO_PLACES_SHOWN = 4


class PropertyKind(StrEnum):
    """What the loan is secured by, as the supervisor tells its limits apart."""

    RAW_LAND = "RAW_LAND"
    LAND_DEVELOPMENT = "LAND_DEVELOPMENT"
    CONSTRUCTION = "CONSTRUCTION"
    ONE_TO_FOUR_FAMILY = "ONE_TO_FOUR_FAMILY"


LTV_MAX = MappingProxyType(
    {
        PropertyKind.RAW_LAND: Decimal("0.65"),
        PropertyKind.LAND_DEVELOPMENT: Decimal("0.75"),
        PropertyKind.CONSTRUCTION: Decimal("0.80"),
        PropertyKind.ONE_TO_FOUR_FAMILY: Decimal("0.85"),
    }
)


class LimitMode(StrEnum):
    """What becomes of a loan beyond a limit: an exception that is reported, or a refusal."""

    WARN = "WARN"
    REFUSE = "REFUSE"


class LimitCode(StrEnum):
    """Which limit it is."""

    SUPERVISORY_LTV_EXCEEDED = "SUPERVISORY_LTV_EXCEEDED"
    LTC_EXCEEDED = "LTC_EXCEEDED"
    VALUATION_MISSING = "VALUATION_MISSING"


_REFUSED = MappingProxyType(
    {
        LimitCode.SUPERVISORY_LTV_EXCEEDED: SUPERVISORY_LTV_EXCEEDED,
        LimitCode.LTC_EXCEEDED: LTC_EXCEEDED,
    }
)


class LimitExceeded(Struct, frozen=True):
    """A limit that the loan does not keep, or that nobody can tell whether it keeps.

    Attributes:
        ratio: the loan's own, exact; `None` without a valuation.
        cap: the most it may be, a decimal fraction.
    """

    code: LimitCode
    ratio: Fraction | None
    cap: Decimal


class Exposure(Struct, frozen=True):
    """The amounts that the ratios are made of, in whole cents.

    Attributes:
        commitment_cents: the most that may be advanced (C).
        uses_cents: what everything costs: the sum of all budget lines, change orders included.
        as_complete_cents: the appraised value once finished, if there is an appraisal.
    """

    commitment_cents: int
    uses_cents: int
    as_complete_cents: int | None

    @property
    def loan_to_cost(self) -> Fraction | None:
        """LTC, exact; `None` where nothing is to be paid for."""
        return _ratio(self.commitment_cents, self.uses_cents)

    @property
    def loan_to_value(self) -> Fraction | None:
        """LTV on the value as complete, exact; `None` without a value."""
        return _ratio(self.commitment_cents, self.as_complete_cents)


def _ratio(part_cents: int, whole_cents: int | None) -> Fraction | None:
    return Fraction(part_cents, whole_cents) if whole_cents else None


def shown(ratio: Fraction) -> Decimal:
    """A ratio as it is shown; it is compared unrounded.

    Returns:
        A decimal fraction of four places, half up: 24/35 is ``Decimal("0.6857")``.
    """
    return Decimal(to_cents(ratio * 10**RATIO_PLACES_SHOWN)).scaleb(-RATIO_PLACES_SHOWN)


def limits_exceeded(
    exposure: Exposure, kind: PropertyKind, *, ltc_max: Decimal | None = None
) -> list[LimitExceeded]:
    """The limits that a loan exceeds; at a limit it keeps it.

    Args:
        exposure: the loan's amounts.
        kind: what secures it, and with it the supervisor's limit to its LTV.
        ltc_max: the lender's own limit to LTC, if it has set one.
    """
    found = []
    ltv_max, ltv, ltc = LTV_MAX[kind], exposure.loan_to_value, exposure.loan_to_cost
    if ltv is None:
        found.append(LimitExceeded(LimitCode.VALUATION_MISSING, None, ltv_max))
    elif ltv > Fraction(ltv_max):
        found.append(LimitExceeded(LimitCode.SUPERVISORY_LTV_EXCEEDED, ltv, ltv_max))
    if ltc_max is not None and ltc is not None and ltc > Fraction(ltc_max):
        found.append(LimitExceeded(LimitCode.LTC_EXCEEDED, ltc, ltc_max))
    return found


def check_limits(
    exposure: Exposure,
    kind: PropertyKind,
    mode: LimitMode,
    *,
    ltc_max: Decimal | None = None,
) -> list[LimitExceeded]:
    """Report the limits that a loan exceeds or, where the lender wants that, refuse it.

    A supervisor lets a lender make exceptions and report them, so warning is the usual mode. A
    missing valuation is never refused here: a term sheet comes before the appraisal.

    Returns:
        What to report.

    Raises:
        RuleBroken: ``SUPERVISORY_LTV_EXCEEDED`` or ``LTC_EXCEEDED``, in mode REFUSE.
    """
    found = limits_exceeded(exposure, kind, ltc_max=ltc_max)
    for limit in found:
        if mode is LimitMode.REFUSE and limit.ratio is not None:
            raise _REFUSED[limit.code](
                f"The ratio is {shown(limit.ratio)}; the most allowed is {limit.cap}.",
                [Detail("commitment", f"ratio {shown(limit.ratio)}, at most {limit.cap}")],
            )
    return found
