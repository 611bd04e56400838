"""Default and cure, non-accrual and back."""

from datetime import date

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
from domain.interest.timeline import interest_between
from domain.kernel.errors import Refusal
from domain.kernel.values import replace
from domain.loans.file import LoanFile
from domain.loans.state import LoanState
from tests.domain.closed_loan import (
    BEFORE_CLOSING,
    CLOSED_ON,
    active,
    code,
    defaulted,
    matured,
    paid_off,
)
from tests.scenario import LOAN_ID, three_draws


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
            assert refusal.value.details[0].message == str(command.changed_on)

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
