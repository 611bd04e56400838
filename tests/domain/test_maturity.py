"""Extensions of a loan, by option or by modification."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from domain.events.catalogue import Event
from domain.kernel.errors import Conflict, Refusal
from domain.kernel.rates import Rate
from domain.kernel.rounding import Rounding
from domain.kernel.values import replace
from domain.loans.file import LoanFile
from domain.loans.state import LoanState
from domain.loans.terms import ExtensionOption
from domain.maturity.commands import ExtendMaturity
from domain.maturity.decide import extend, months_later
from domain.maturity.events import MaturityExtended
from domain.receivables import postings
from domain.receivables.events import FeeAssessed, FeeKind
from tests.domain.closed_loan import (
    BEFORE_CLOSING,
    MATURES_ON,
    active,
    code,
    defaulted,
    matured,
    paid_off,
    terms,
)
from tests.scenario import LOAN_ID, Desk

FEE_ID = UUID(int=41)


def free_of_charge(until_on: date, identity: UUID, *, uses_option: bool = True) -> MaturityExtended:
    """An extension without a fee."""
    on = TestExtension.ON
    return MaturityExtended(LOAN_ID, until_on, on, uses_option, extension_id=identity)


class TestExtension:
    ON = date(2026, 1, 10)

    def extended(self, file: LoanFile, **given: Any) -> list[Event]:
        return extend(file, ExtendMaturity(self.ON, FEE_ID, **given))

    def refused(self, file: LoanFile, **given: Any) -> str:
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
        options = (ExtensionOption(6, Rate(0)),) * 2
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
            options = (ExtensionOption(6, Rate("0.00000001")),)
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
