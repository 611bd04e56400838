"""What the borrower has lying with the lender makes nothing late that it would pay."""

from datetime import date
from uuid import uuid5

import pytest

from domain.close_of_business.commands import CloseBusiness
from domain.defaults.delinquency import days_past_due
from domain.defaults.events import Delinquency, DelinquencyAged
from domain.fees.commands import AssessFee
from domain.ledger.accounts import Account
from domain.payments.commands import RecordPayment
from domain.receivables.events import FeeAssessed, FeeKind
from tests.domain.at_work import without_reserve
from tests.domain.corrections_desk import closed, funded
from tests.domain.loan_desk import LOAN_ID, LoanDesk
from tests.scenario import E3_DRAWS

REPAID_ON, DRAWN_ON = date(2025, 2, 5), date(2025, 2, 10)
APRIL = date(2025, 4, 1)
FEBRUARY_BILL, MARCH_BILL = 756_44, 1_234_19


def with_cash(cash_cents: int) -> LoanDesk:
    """A loan with 147,000 drawn, no reserve, and some unapplied cash since before the draw."""
    desk = closed(lines=without_reserve().lines)
    desk.serve(CloseBusiness(REPAID_ON))
    owed_cents = desk.loan.principal_cents + desk.the_file.unpaid_interest.total_cents
    all_cents = owed_cents + cash_cents
    desk.serve(RecordPayment(uuid5(LOAN_ID, "all and more"), all_cents, REPAID_ON, "WIRE"))
    funded(desk, 1, E3_DRAWS[0].asked, DRAWN_ON)
    assert desk.loan.balance(Account.UNAPPLIED_PAYMENTS) == cash_cents
    return desk


def late_charges(desk: LoanDesk) -> list[tuple[int, date]]:
    """Every late charge, in cents, and its day."""
    events = [entry.event for entry in desk.journal]
    return [(e.amount_cents, e.assessed_on) for e in events if isinstance(e, FeeAssessed)]


def steps(desk: LoanDesk) -> list[DelinquencyAged]:
    """Every step from bucket to bucket since the draw."""
    events = [entry.event for entry in desk.journal]
    return [e for e in events if isinstance(e, DelinquencyAged) and e.aged_on > DRAWN_ON]


@pytest.mark.parametrize(
    ("short_cents", "days", "charged"),
    [(0, 0, []), (1, 19, []), (1_00, 19, [(5, date(2025, 3, 12))])],
)
def test_a_bill_is_late_by_what_unapplied_cash_does_not_cover(
    short_cents: int, days: int, charged: list[tuple[int, date]]
) -> None:
    desk = with_cash(FEBRUARY_BILL - short_cents)

    desk.serve(CloseBusiness(date(2025, 3, 20)))

    assert desk.loan.receivables.month(date(2025, 2, 1)).unpaid.total_cents == FEBRUARY_BILL
    assert days_past_due(desk.loan, date(2025, 3, 20)) == days
    assert late_charges(desk) == charged
    assert desk.loan.delinquency is (Delinquency.DAYS_1_29 if days else Delinquency.CURRENT)


def test_cash_covers_the_oldest_bill_first() -> None:
    desk = with_cash(FEBRUARY_BILL + MARCH_BILL - 1_000_00)

    desk.serve(CloseBusiness(date(2025, 4, 20)))

    assert days_past_due(desk.loan, date(2025, 4, 20)) == 19
    assert late_charges(desk) == [(50_00, date(2025, 4, 12))]
    assert [(step.aged_on, step.due_on) for step in steps(desk)] == [(date(2025, 4, 2), APRIL)]


def test_what_cash_has_paid_it_covers_no_more() -> None:
    desk = with_cash(FEBRUARY_BILL)
    desk.serve(CloseBusiness(date(2025, 3, 20)))
    desk.serve(AssessFee(uuid5(LOAN_ID, "wire"), FeeKind.WIRE, 700_00, date(2025, 3, 20)))

    desk.serve(RecordPayment(uuid5(LOAN_ID, "a cent"), 1, date(2025, 3, 20), "WIRE"))
    desk.serve(CloseBusiness(date(2025, 3, 21)))

    assert days_past_due(desk.loan, date(2025, 3, 21)) == 20
