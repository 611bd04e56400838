"""A closed loan's life: rates, maturity, default, non-accrual, charge-off."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from domain.close_of_business.commands import CloseBusiness
from domain.decisions import decide
from domain.defaults.commands import ChangeAccrualStatus, CureDefault, DeclareDefault
from domain.defaults.decide import change_accrual_status, cure, declare_default
from domain.defaults.events import (
    AccrualStatus,
    AccrualStatusChanged,
    DefaultCured,
    DefaultDeclared,
)
from domain.events.catalogue import Event
from domain.interest.timeline import interest_between
from domain.kernel.errors import Conflict, Refusal
from domain.kernel.rounding import Rounding
from domain.loans.file import LoanFile
from domain.loans.state import LoanState
from domain.loans.terms import ExtensionOption, LoanTerms
from domain.maturity.commands import ExtendMaturity
from domain.maturity.decide import extend, months_later
from domain.maturity.events import LoanMatured, MaturityExtended
from domain.payoff.events import LoanPaidOff
from domain.rates.commands import ChangeRate
from domain.rates.decide import change_rate
from domain.rates.events import RateChanged, RateChangeReversed
from domain.receivables import postings
from domain.receivables.events import (
    FeeAssessed,
    FeeKind,
)
from tests.scenario import LOAN_ID, Desk, e3_terms, three_draws

CLOSED_ON, MATURES_ON = date(2025, 1, 15), date(2026, 1, 15)
BEFORE_CLOSING = date(2025, 1, 14)
FEE_ID = UUID(int=41)
TEN_PER_CENT = Decimal("0.1")


def terms() -> LoanTerms:
    options = (ExtensionOption(6, Decimal("0.005")), ExtensionOption(3, Decimal("0")))
    return replace(e3_terms(), extension_options=options)


def active() -> LoanFile:
    return LoanFile(Desk().active(terms()).the_loan)


def paid_off() -> LoanFile:
    return active().after([LoanPaidOff(LOAN_ID, UUID(int=9), date(2025, 6, 1))])


def matured() -> LoanFile:
    return active().after([LoanMatured(LOAN_ID, date(2026, 1, 16))])


def defaulted(file: LoanFile | None = None, on: date = date(2025, 6, 1)) -> LoanFile:
    return (file or active()).after([DefaultDeclared(LOAN_ID, on, "taxes unpaid")])


def code(refusal: pytest.ExceptionInfo[Refusal]) -> str:
    return refusal.value.code


class TestRate:
    def test_it_holds_from_its_day(self) -> None:
        decided = change_rate(active(), ChangeRate(TEN_PER_CENT, date(2025, 3, 1)))

        assert decided == [RateChanged(LOAN_ID, TEN_PER_CENT, date(2025, 3, 1))]
        loan = active().after(decided).loan
        assert loan.rate_on(date(2025, 2, 28)) == Decimal("0.0975")
        assert loan.rate_on(date(2025, 3, 1)) == TEN_PER_CENT

    def test_the_rate_that_holds_already_decides_nothing(self) -> None:
        assert change_rate(active(), ChangeRate(Decimal("0.0975"), date(2025, 3, 1))) == []

    def test_it_may_change_on_the_day_of_closing_and_not_before(self) -> None:
        assert change_rate(active(), ChangeRate(TEN_PER_CENT, CLOSED_ON))
        with pytest.raises(Refusal) as refusal:
            change_rate(active(), ChangeRate(TEN_PER_CENT, BEFORE_CLOSING))
        assert code(refusal) == "RATE_CHANGE_BEFORE_CLOSING"

    def test_a_change_recorded_late_leaves_a_later_one_in_force(self) -> None:
        file = active().after([RateChanged(LOAN_ID, TEN_PER_CENT, date(2025, 4, 1))])
        file = file.after(change_rate(file, ChangeRate(Decimal("0.09"), date(2025, 3, 1))))

        assert file.loan.rate_on(date(2025, 3, 31)) == Decimal("0.09")
        assert file.loan.rate_on(date(2025, 4, 1)) == TEN_PER_CENT

    def test_a_rate_is_recorded_once_for_a_day_so_that_a_reversal_knows_which(self) -> None:
        on = date(2025, 3, 1)
        twice = [RateChanged(LOAN_ID, rate, on) for rate in (TEN_PER_CENT, Decimal("0.09"))]
        with pytest.raises(Refusal) as refusal:
            change_rate(active().after(twice), ChangeRate(TEN_PER_CENT, on))
        assert code(refusal) == "RATE_CHANGE_EXISTS"

    def test_a_rate_that_was_reversed_from_a_later_day_may_be_recorded_once_more(self) -> None:
        on, until_on = date(2025, 3, 1), date(2025, 3, 10)
        changed = RateChanged(LOAN_ID, TEN_PER_CENT, on)
        undone = RateChangeReversed(LOAN_ID, TEN_PER_CENT, on, until_on, "a slip", UUID(int=7))
        for again_on in (on, date(2025, 3, 5)):
            file = active().after([changed, undone])
            again = change_rate(file, ChangeRate(TEN_PER_CENT, again_on))
            file = file.after(again)

            assert again == [RateChanged(LOAN_ID, TEN_PER_CENT, again_on)]
            assert file.loan.rate_on(date(2025, 4, 1)) == TEN_PER_CENT
            assert change_rate(file, ChangeRate(TEN_PER_CENT, again_on)) == []

    def test_a_reversal_of_one_of_two_equal_rates_for_a_day_undoes_the_one_in_force(self) -> None:
        on, until_on = date(2025, 3, 1), date(2025, 3, 10)
        changed = RateChanged(LOAN_ID, TEN_PER_CENT, on)
        undone = RateChangeReversed(LOAN_ID, TEN_PER_CENT, on, until_on, "a slip", UUID(int=7))
        again = RateChangeReversed(LOAN_ID, TEN_PER_CENT, on, on, "no slip", UUID(int=8))
        file = active().after([changed, undone, changed, again])

        assert file.loan.timeline == active().after([changed, undone]).loan.timeline

    def test_a_loan_that_was_paid_off_has_no_rate_to_change(self) -> None:
        with pytest.raises(Refusal) as refusal:
            change_rate(paid_off(), ChangeRate(TEN_PER_CENT, date(2025, 3, 1)))
        assert code(refusal) == "LOAN_NOT_LIVE"


def free_of_charge(until_on: date, identity: UUID, *, uses_option: bool = True) -> MaturityExtended:
    """An extension without a fee."""
    on = TestExtension.ON
    return MaturityExtended(LOAN_ID, until_on, on, uses_option, extension_id=identity)


class TestExtension:
    ON = date(2026, 1, 10)

    def extended(self, file: LoanFile, **given: object) -> list[Event]:
        return extend(file, ExtendMaturity(self.ON, FEE_ID, **given))  # type: ignore[arg-type]  # a test names real fields

    def refused(self, file: LoanFile, **given: object) -> str:
        with pytest.raises(Refusal) as refusal:
            self.extended(file, **given)
        return code(refusal)

    def test_an_option_gives_its_months_for_its_fee(self) -> None:
        until_on = date(2026, 7, 15)

        assert self.extended(active()) == [
            MaturityExtended(LOAN_ID, until_on, self.ON, True, FEE_ID, extension_id=FEE_ID),
            FeeAssessed(
                LOAN_ID,
                FEE_ID,
                FeeKind.EXTENSION,
                4_800_00,
                self.ON,
                None,
                postings.fee_assessed(4_800_00),
            ),
        ]

    def test_options_are_taken_in_their_turn_until_none_is_left(self) -> None:
        file = active().after(self.extended(active()))
        second = extend(file, ExtendMaturity(self.ON, UUID(int=42)))
        file = file.after(second)

        assert second == [free_of_charge(date(2026, 10, 15), UUID(int=42))]
        with pytest.raises(Refusal) as refusal:
            extend(file, ExtendMaturity(self.ON, UUID(int=43)))
        assert code(refusal) == "NO_EXTENSION_OPTION"

    def test_an_option_gives_its_last_day_and_not_the_next(self) -> None:
        assert self.extended(active(), new_maturity_on=date(2026, 7, 15))
        assert (
            self.refused(active(), new_maturity_on=date(2026, 7, 16)) == "EXTENSION_EXCEEDS_OPTION"
        )

    def at_the_end_of_august(self) -> LoanFile:
        options = (ExtensionOption(6, Decimal(0)),) * 2
        ends = replace(terms(), maturity_on=date(2026, 8, 31), extension_options=options)
        return LoanFile(Desk().active(ends).the_loan)

    def test_two_options_of_six_months_lead_from_the_31st_to_the_31st(self) -> None:
        file = self.at_the_end_of_august()
        file = file.after(extend(file, ExtendMaturity(self.ON, UUID(int=42))))
        assert file.loan.maturity_on == date(2027, 2, 28)

        file = file.after(extend(file, ExtendMaturity(self.ON, UUID(int=43))))

        assert file.loan.maturity_on == date(2027, 8, 31)

    def test_an_option_after_a_modification_counts_from_where_that_led(self) -> None:
        file = self.at_the_end_of_august()
        modified = ExtendMaturity(self.ON, UUID(int=42), date(2026, 9, 30), modification=True)
        file = file.after(extend(file, modified))

        file = file.after(extend(file, ExtendMaturity(self.ON, UUID(int=43))))

        assert file.loan.maturity_on == date(2027, 3, 30)

    def test_an_option_taken_for_less_keeps_nothing_for_the_next(self) -> None:
        file = self.at_the_end_of_august()
        file = file.after(extend(file, ExtendMaturity(self.ON, UUID(int=42), date(2026, 9, 15))))

        file = file.after(extend(file, ExtendMaturity(self.ON, UUID(int=43))))

        assert file.loan.maturity_on == date(2027, 3, 15)

    def test_the_new_maturity_is_a_day_later_at_least(self) -> None:
        assert self.extended(active(), new_maturity_on=date(2026, 1, 16))
        assert self.refused(active(), new_maturity_on=date(2026, 1, 14)) == "MATURITY_NOT_LATER"
        assert self.extended(active(), new_maturity_on=MATURES_ON) == []

    def test_another_fee_may_be_agreed_and_none_too(self) -> None:
        _, fee = self.extended(active(), fee_cents=1_00)
        assert isinstance(fee, FeeAssessed)
        assert fee.amount_cents == 1_00
        assert self.extended(active(), fee_cents=0) == [free_of_charge(date(2026, 7, 15), FEE_ID)]

    def test_the_fee_is_rounded_as_the_loan_says(self) -> None:
        def fee_cents(rounding: Rounding) -> int:
            odd = replace(terms(), rounding=rounding)
            options = (ExtensionOption(6, Decimal("0.00000001")),)
            odd = replace(odd, extension_options=options)
            file = LoanFile(replace(active().loan, terms=replace(odd, commitment_cents=50_000_000)))
            decided = self.extended(file)
            return sum(fee.amount_cents for fee in decided if isinstance(fee, FeeAssessed))

        assert fee_cents(Rounding.HALF_UP) == 1
        assert fee_cents(Rounding.HALF_EVEN) == 0

    def test_the_same_extension_again_decides_nothing(self) -> None:
        file = active().after(self.extended(active()))

        assert self.extended(file) == []
        assert extend(file, ExtendMaturity(self.ON, UUID(int=42), date(2026, 7, 15))) == []

    def test_the_id_of_another_fee_is_refused(self) -> None:
        other = FeeAssessed(LOAN_ID, FEE_ID, FeeKind.WIRE, 30_00, self.ON, None, ())
        with pytest.raises(Conflict) as refusal:
            self.extended(active().after([other]))
        assert refusal.value.code == "FEE_EXISTS"

    def test_a_matured_loan_is_active_again(self) -> None:
        file = matured()

        assert file.after(self.extended(file)).loan.state is LoanState.ACTIVE

    def test_a_loan_in_default_takes_no_option_but_may_be_modified(self) -> None:
        file = defaulted(matured(), date(2026, 2, 1))

        assert self.refused(file) == "LOAN_NOT_ACTIVE"
        modified = self.extended(file, new_maturity_on=date(2027, 1, 15), modification=True)
        after = file.after(modified).loan
        assert after.state is LoanState.DEFAULT
        assert after.state_before is LoanState.ACTIVE
        assert after.maturity_on == date(2027, 1, 15)

    def test_a_modification_uses_no_option_and_says_its_date(self) -> None:
        decided = self.extended(active(), new_maturity_on=date(2028, 1, 15), modification=True)

        assert decided == [free_of_charge(date(2028, 1, 15), FEE_ID, uses_option=False)]
        assert active().after(decided).loan.extensions_used == 0
        assert self.refused(active(), modification=True) == "NEW_MATURITY_MISSING"

    def test_nothing_is_extended_before_closing_or_after_payoff(self) -> None:
        with pytest.raises(Refusal) as refusal:
            extend(active(), ExtendMaturity(BEFORE_CLOSING, FEE_ID))
        assert code(refusal) == "EXTENSION_BEFORE_CLOSING"
        assert self.refused(paid_off()) == "LOAN_NOT_LIVE"

    @pytest.mark.parametrize(
        ("day", "months", "later"),
        [("2026-01-15", 12, "2027-01-15"), ("2025-08-31", 6, "2026-02-28"),
         ("2023-08-31", 6, "2024-02-29"), ("2025-12-31", 1, "2026-01-31")],
    )  # fmt: skip
    def test_months_end_where_the_month_ends(self, day: str, months: int, later: str) -> None:
        assert months_later(date.fromisoformat(day), months) == date.fromisoformat(later)


class TestDefault:
    def test_it_may_begin_on_the_day_of_closing_and_not_before(self) -> None:
        assert declare_default(active(), DeclareDefault(CLOSED_ON, "fraud")) == [
            DefaultDeclared(LOAN_ID, CLOSED_ON, "fraud")
        ]
        with pytest.raises(Refusal) as refusal:
            declare_default(active(), DeclareDefault(BEFORE_CLOSING, "fraud"))
        assert code(refusal) == "DEFAULT_BEFORE_CLOSING"

    def test_the_same_default_again_decides_nothing_and_another_day_is_refused(self) -> None:
        assert declare_default(defaulted(), DeclareDefault(date(2025, 6, 1), "taxes")) == []
        with pytest.raises(Refusal) as refusal:
            declare_default(defaulted(), DeclareDefault(date(2025, 6, 2), "taxes"))
        assert code(refusal) == "DEFAULT_ALREADY_DECLARED"

    @pytest.mark.parametrize(
        ("before", "state"), [(active, LoanState.ACTIVE), (matured, LoanState.MATURED)]
    )
    def test_a_cured_loan_is_where_it_was(self, before: type, state: LoanState) -> None:
        file = defaulted(before(), date(2026, 2, 1))
        cured = cure(file, CureDefault(date(2026, 2, 13)))

        assert cured == [DefaultCured(LOAN_ID, date(2026, 2, 13))]
        after = file.after(cured)
        assert after.loan.state is state
        assert cure(after, CureDefault(date(2026, 2, 13))) == []

    def test_it_is_cured_on_its_own_day_at_the_earliest_and_then_never_was(self) -> None:
        with pytest.raises(Refusal) as refusal:
            cure(defaulted(), CureDefault(date(2025, 5, 31)))
        assert code(refusal) == "CURE_BEFORE_DEFAULT"

        file = defaulted()
        after = file.after(cure(file, CureDefault(date(2025, 6, 1))))
        assert after.loan.timeline.defaults == ()

    def test_a_loan_that_is_not_in_default_cannot_be_cured(self) -> None:
        with pytest.raises(Refusal) as refusal:
            cure(active(), CureDefault(date(2025, 6, 1)))
        assert code(refusal) == "LOAN_NOT_DEFAULT"

    def test_a_loan_that_was_paid_off_cannot_default(self) -> None:
        with pytest.raises(Refusal) as refusal:
            declare_default(paid_off(), DeclareDefault(date(2025, 6, 2), "taxes"))
        assert code(refusal) == "LOAN_NOT_ACTIVE"

    def test_example_e8_twelve_days_of_the_default_margin(self) -> None:
        began_on, cured_on = date(2025, 5, 1), date(2025, 5, 13)
        file = LoanFile(three_draws().the_loan)
        timeline = file.loan.timeline.moved(began_on, 671_923_74 - file.loan.principal_cents)
        file = LoanFile(replace(file.loan, timeline=timeline))
        file = file.after(declare_default(file, DeclareDefault(began_on, "taxes unpaid")))
        file = file.after(cure(file, CureDefault(cured_on)))
        timeline = file.loan.timeline

        twelve_days = interest_between(timeline, began_on, cured_on).rounded(timeline.rounding)
        assert twelve_days.default_cents == 1_119_87
        assert twelve_days.interest_cents == 2_183_75
        whole_month = interest_between(timeline, began_on, date(2025, 6, 1))
        assert whole_month.rounded(timeline.rounding).default_cents == 1_119_87

    @pytest.mark.parametrize("told_on", [date(2025, 5, 1), date(2025, 6, 1)])
    def test_a_default_told_of_late_accrues_what_it_would_have_in_time(self, told_on: date) -> None:
        file = LoanFile(three_draws().the_loan)
        for command in (
            CloseBusiness(told_on),
            DeclareDefault(date(2025, 5, 1), "taxes unpaid"),
            CureDefault(date(2025, 5, 13)),
            CloseBusiness(date(2025, 6, 1)),
        ):
            file = file.after(decide(file, command))

        may = file.loan.receivables.month(date(2025, 5, 1))
        assert may.accrued.default_cents == 1_119_87
        assert may.unpaid.default_cents == 1_119_87, "the reserve pays contract interest only"
        assert file.loan.state is LoanState.ACTIVE


class TestNonAccrual:
    def stopped(self) -> LoanFile:
        status = AccrualStatus.NONACCRUAL
        return active().after([AccrualStatusChanged(LOAN_ID, status, date(2025, 6, 1))])

    def test_income_stops_from_a_day(self) -> None:
        command = ChangeAccrualStatus(AccrualStatus.NONACCRUAL, date(2025, 6, 1), "90 days")
        decided = change_accrual_status(active(), command)

        assert decided == [
            AccrualStatusChanged(LOAN_ID, AccrualStatus.NONACCRUAL, date(2025, 6, 1), "90 days")
        ]
        assert active().after(decided).loan.timeline.is_nonaccrual_on(date(2025, 6, 1))

    def test_the_status_that_holds_already_decides_nothing(self) -> None:
        accrual = ChangeAccrualStatus(AccrualStatus.ACCRUAL, CLOSED_ON)
        nonaccrual = ChangeAccrualStatus(AccrualStatus.NONACCRUAL, date(2025, 6, 1))

        assert change_accrual_status(active(), accrual) == []
        assert change_accrual_status(self.stopped(), nonaccrual) == []

    @pytest.mark.parametrize("stopped_on", [date(2025, 5, 20), date(2025, 6, 1)])
    def test_a_status_is_repeated_as_of_its_day_and_refused_as_of_another(
        self, stopped_on: date
    ) -> None:
        resumed_on = date(2025, 6, 1)
        stop = ChangeAccrualStatus(AccrualStatus.NONACCRUAL, stopped_on)
        resume = ChangeAccrualStatus(AccrualStatus.ACCRUAL, resumed_on)
        file = active()
        for command in (stop, resume):
            file = file.after(change_accrual_status(file, command))
            assert change_accrual_status(file, command) == []
            with pytest.raises(Refusal) as refusal:
                change_accrual_status(file, replace(command, changed_on=date(2025, 6, 2)))
            assert code(refusal) == "ACCRUAL_STATUS_UNCHANGED"
            assert str(command.changed_on) in refusal.value.message

    def test_income_resumes_on_the_day_it_stopped_at_the_earliest(self) -> None:
        resumed = ChangeAccrualStatus(AccrualStatus.ACCRUAL, date(2025, 6, 1))
        assert change_accrual_status(self.stopped(), resumed)

        with pytest.raises(Refusal) as refusal:
            change_accrual_status(
                self.stopped(), ChangeAccrualStatus(AccrualStatus.ACCRUAL, date(2025, 5, 31))
            )
        assert code(refusal) == "ACCRUAL_RESUMED_BEFORE_STOPPED"

    def test_it_stops_on_the_day_of_closing_and_not_before(self) -> None:
        status = AccrualStatus.NONACCRUAL
        assert change_accrual_status(active(), ChangeAccrualStatus(status, CLOSED_ON))
        with pytest.raises(Refusal) as refusal:
            change_accrual_status(active(), ChangeAccrualStatus(status, BEFORE_CLOSING))
        assert code(refusal) == "ACCRUAL_CHANGE_BEFORE_CLOSING"

    def test_a_loan_that_was_paid_off_has_no_status_to_change(self) -> None:
        command = ChangeAccrualStatus(AccrualStatus.NONACCRUAL, date(2025, 6, 1))
        with pytest.raises(Refusal) as refusal:
            change_accrual_status(paid_off(), command)
        assert code(refusal) == "LOAN_NOT_LIVE"
