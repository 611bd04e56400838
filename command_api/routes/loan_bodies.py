"""A loan's terms as they arrive over HTTP, and the bodies of its other commands."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import AliasChoices, Field

from command_api.routes.examples import CLOSE_LOAN, ORIGINATE_LOAN
from domain.budgets.state import Category, LineTerms, Source, SourceKind
from domain.kernel import rates
from domain.kernel.day_count import DayCount
from domain.kernel.errors import Detail
from domain.kernel.rounding import Rounding
from domain.loans.limits import PropertyKind
from domain.loans.terms import ExtensionOption, LoanTerms, PolicyRule, Valuation
from runtime.http import (
    AmountCents,
    Body,
    Code,
    IsoDate,
    Memo,
    PositiveCents,
    Rate,
    Text,
    UserId,
    example,
)
from runtime.problems import Problem

LINES_MAX = 500

GraceDays = Annotated[int, Field(ge=0, le=365)]
Months = Annotated[int, Field(ge=1, le=120)]


class ExtensionOptionBody(Body):
    """A right to extend the maturity."""

    months: Months
    fee_rate: Rate = Field(
        "0", validate_default=True, validation_alias=AliasChoices("fee_rate", "fee_pct")
    )


class ValuationBody(Body):
    """What an appraiser said."""

    as_is: PositiveCents
    as_complete: PositiveCents
    valued_on: IsoDate


class DrawPolicyBody(Body):
    """Which rules, beyond those that always bind, a draw must meet; all, unless told."""

    require: Annotated[tuple[PolicyRule, ...], Field(max_length=len(PolicyRule))] = tuple(
        PolicyRule
    )


class LineBody(Body):
    """A budget line; its stored materials are retained like its work unless told."""

    line_id: UUID | None = None
    code: Code
    name: Text
    category: Category
    amount: AmountCents
    retainage_rate: Rate = Field("0", validate_default=True)
    stored_retainage_rate: Rate | None = None


class SourceBody(Body):
    """Money that pays for the budget; ``spent_on_line`` names a line by its id or code."""

    kind: SourceKind
    amount: PositiveCents
    spent_on_line: Code | None = None


class OriginateBody(Body):
    """A term sheet."""

    model_config = example(ORIGINATE_LOAN)

    id: UUID | None = None
    project_id: UUID | None = None
    project_name: Text
    borrower_id: UUID | None = None
    borrower_name: Text
    builder_user_id: UserId | None = None
    commitment: PositiveCents
    rate: Rate
    default_margin: Rate = Field("0", validate_default=True)
    day_count: DayCount
    rounding: Rounding = Rounding.HALF_UP
    maturity_date: IsoDate
    late_charge_rate: Rate = Field("0", validate_default=True)
    grace_days: GraceDays = 0
    property_kind: PropertyKind = PropertyKind.CONSTRUCTION
    deposit_share: Rate | None = None
    extension_options: Annotated[tuple[ExtensionOptionBody, ...], Field(max_length=10)] = ()
    valuation: ValuationBody | None = None
    draw_policy: DrawPolicyBody = DrawPolicyBody()
    lines: Annotated[tuple[LineBody, ...], Field(min_length=1, max_length=LINES_MAX)]
    sources: Annotated[tuple[SourceBody, ...], Field(min_length=1, max_length=50)]
    memo: Memo | None = None

    def terms(self, loan_id: UUID, ltc_max: Decimal | None) -> LoanTerms:
        """The terms as the domain has them; ids that were not given follow from the loan's.

        Args:
            loan_id: of the loan.
            ltc_max: the lender's own limit to loan to cost today, if it has set one.

        Raises:
            Problem: a source names a line that is not in the budget.
        """
        lines = tuple(_line_terms(loan_id, line) for line in self.lines)
        return LoanTerms(
            project_id=self.project_id or uuid5(loan_id, "project"),
            project_name=self.project_name,
            borrower_id=self.borrower_id or uuid5(loan_id, "borrower"),
            borrower_name=self.borrower_name,
            builder_user_id=self.builder_user_id,
            commitment_cents=self.commitment,
            rate=self.rate,
            default_margin=self.default_margin,
            day_count=self.day_count,
            rounding=self.rounding,
            maturity_on=self.maturity_date,
            late_charge_rate=self.late_charge_rate,
            grace_days=self.grace_days,
            extension_options=tuple(
                ExtensionOption(option.months, option.fee_rate) for option in self.extension_options
            ),
            valuation=_valuation(self.valuation),
            draw_policy=self.draw_policy.require,
            lines=lines,
            sources=_sources(self.sources, lines),
            memo=self.memo,
            property_kind=self.property_kind,
            ltc_max=None if ltc_max is None else rates.Rate(ltc_max),
            deposit_share=self.deposit_share,
        )


def _line_terms(loan_id: UUID, line: LineBody) -> LineTerms:
    stored = line.stored_retainage_rate
    return LineTerms(
        line_id=line.line_id or uuid5(loan_id, line.code),
        code=line.code,
        name=line.name,
        category=line.category,
        amount_cents=line.amount,
        retainage_rate=line.retainage_rate,
        stored_retainage_rate=line.retainage_rate if stored is None else stored,
    )


def _valuation(valuation: ValuationBody | None) -> Valuation | None:
    if valuation is None:
        return None
    return Valuation(valuation.as_is, valuation.as_complete, valuation.valued_on)


def _sources(given: tuple[SourceBody, ...], lines: tuple[LineTerms, ...]) -> tuple[Source, ...]:
    named = {line.code: line.line_id for line in lines} | {
        str(line.line_id): line.line_id for line in lines
    }
    sources: list[Source] = []
    for index, source in enumerate(given):
        name = source.spent_on_line
        if name is not None and name not in named:
            field = f"sources.{index}.spent_on_line"
            raise Problem(
                "VALIDATION_ERROR",
                "A source is spent on a line that is not in the budget.",
                [Detail(field, "must be the id or the code of a line")],
            )
        sources.append(Source(source.kind, source.amount, named[name] if name else None))
    return tuple(sources)


class Dated(Body):
    """A step without further words; it counts from today unless a date is given."""

    effective_on: IsoDate | None = None


class SubmitBody(Dated):
    """Nothing but, perhaps, the date."""

    model_config = example({})


class ReasonBody(Dated):
    """Why, if somebody says it."""

    model_config = example({"reason": "The appraisal came in low."})

    reason: Text | None = None


class LineAmountBody(Body):
    """An amount on a line."""

    line_id: UUID
    amount: PositiveCents


class AdvanceBody(Body):
    """What the closing table pays out."""

    lines: Annotated[tuple[LineAmountBody, ...], Field(min_length=1, max_length=LINES_MAX)]


class CloseBody(Body):
    """The signing, and the closing advance, if there is one."""

    model_config = example(CLOSE_LOAN)

    closing_date: IsoDate
    advance: AdvanceBody | None = None
