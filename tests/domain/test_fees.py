"""Fees and waivers, protective advances, deposits: each to its limit and not beyond."""

from datetime import date
from uuid import UUID, uuid5

import pytest

from domain.decisions import FileCommand
from domain.fees.commands import AssessFee, RecordProtectiveAdvance, WaiveFee
from domain.kernel.money import parse_money
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.loans.file import LoanFile
from domain.payments.commands import RecordEquityDeposit
from domain.receivables.events import (
    EquityDepositReceived,
    FeeAssessed,
    FeeKind,
    FeeWaived,
    ProtectiveAdvanceRecorded,
)
from tests.domain.open_file import OpenFile, refused, three_draws
from tests.scenario import LOAN_ID, Desk

CLOSED_ON, DAY = date(2025, 1, 15), date(2025, 5, 5)
FEE_ID, OTHER_ID = uuid5(LOAN_ID, "fee"), uuid5(LOAN_ID, "other fee")
EXIT_FEE = AssessFee(FEE_ID, FeeKind.EXIT, 9_600_00, DAY, "one per cent")
WAIVER = WaiveFee(FEE_ID, DAY, "a good customer")
TAXES = RecordProtectiveAdvance(
    uuid5(LOAN_ID, "taxes"), 4_000_00, "County treasurer", "property taxes", DAY
)
EQUITY = RecordEquityDeposit(uuid5(LOAN_ID, "equity"), 5_000_00, DAY, "wire 77")
ONE_OF_EACH = pytest.mark.parametrize("command", [EXIT_FEE, TAXES, EQUITY])


@ONE_OF_EACH
def test_a_repeat_decides_nothing(command: FileCommand) -> None:
    opened = three_draws()

    assert opened.serve(command)
    assert opened.serve(command) == []


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (EXIT_FEE, "FEE_EXISTS"),
        (TAXES, "PROTECTIVE_ADVANCE_EXISTS"),
        (EQUITY, "DEPOSIT_EXISTS"),
    ],
)
def test_one_cent_more_under_the_same_id_collides(
    command: AssessFee | RecordProtectiveAdvance | RecordEquityDeposit, code: str
) -> None:
    opened = three_draws()
    opened.serve(command)

    dearer = replace(command, amount_cents=command.amount_cents + 1)
    assert refused(lambda: opened.serve(dearer)) == code


@ONE_OF_EACH
def test_one_cent_is_taken_and_nothing_is_refused(
    command: AssessFee | RecordProtectiveAdvance | RecordEquityDeposit,
) -> None:
    opened = three_draws()

    free = replace(command, amount_cents=0)
    assert refused(lambda: opened.serve(free)) == "AMOUNT_NOT_POSITIVE"
    assert opened.serve(replace(command, amount_cents=1))


@pytest.mark.parametrize(
    ("on_closing", "day_before", "code"),
    [
        (
            replace(EXIT_FEE, assessed_on=CLOSED_ON),
            replace(EXIT_FEE, assessed_on=date(2025, 1, 14)),
            "FEE_BEFORE_CLOSING",
        ),
        (
            replace(TAXES, advanced_on=CLOSED_ON),
            replace(TAXES, advanced_on=date(2025, 1, 14)),
            "ADVANCE_BEFORE_CLOSING",
        ),
        (
            replace(EQUITY, received_on=CLOSED_ON),
            replace(EQUITY, received_on=date(2025, 1, 14)),
            "DEPOSIT_BEFORE_CLOSING",
        ),
    ],
)
def test_the_day_of_closing_is_taken_and_the_day_before_refused(
    on_closing: FileCommand, day_before: FileCommand, code: str
) -> None:
    assert refused(lambda: three_draws().serve(day_before)) == code
    assert three_draws().serve(on_closing)


@ONE_OF_EACH
def test_a_loan_that_has_not_closed_takes_none(command: FileCommand) -> None:
    desk = Desk()
    desk.originate()

    assert refused(lambda: OpenFile(LoanFile(desk.the_loan)).serve(command)) == "LOAN_NOT_LIVE"


def test_a_fee_is_owed_and_income() -> None:
    opened = three_draws()

    (event,) = opened.serve(EXIT_FEE)

    assert isinstance(event, FeeAssessed)
    assert opened.loan.balance(Account.FEES_RECEIVABLE) == 9_600_00
    assert opened.loan.balance(Account.FEE_INCOME) == 9_600_00


@pytest.mark.parametrize(
    ("amount", "left"),
    [("9600.00", "0.00"), ("9599.99", "0.01"), ("0.01", "9599.99"), (None, "0.00")],
)
def test_a_fee_is_waived_in_part_or_whole(amount: str | None, left: str) -> None:
    opened = three_draws()
    opened.serve(EXIT_FEE)

    cents = None if amount is None else parse_money(amount)
    (event,) = opened.serve(replace(WAIVER, amount_cents=cents))

    assert isinstance(event, FeeWaived)
    assert opened.loan.balance(Account.FEES_RECEIVABLE) == parse_money(left)
    assert opened.loan.balance(Account.FEE_INCOME) == parse_money(left)


def test_a_waiver_one_cent_above_the_fee_is_refused() -> None:
    opened = three_draws()
    opened.serve(EXIT_FEE)

    above = replace(WAIVER, amount_cents=9_600_01)
    assert refused(lambda: opened.serve(above)) == "WAIVER_EXCEEDS_FEE"


@pytest.mark.parametrize("amount_cents", [None, 9_600_00])
def test_waiving_all_of_a_fee_twice_decides_nothing(amount_cents: int | None) -> None:
    opened = three_draws()
    opened.serve(EXIT_FEE)
    whole = replace(WAIVER, amount_cents=amount_cents)

    assert opened.serve(whole)
    assert opened.serve(whole) == []
    assert opened.serve(WAIVER) == []


def test_only_what_is_unpaid_of_a_fee_can_be_waived() -> None:
    opened = three_draws().close(date(2025, 5, 5))
    opened.serve(EXIT_FEE)
    opened.pay("9599.99", DAY)

    two_cents = replace(WAIVER, amount_cents=2)
    assert refused(lambda: opened.serve(two_cents)) == "WAIVER_EXCEEDS_FEE"
    assert opened.serve(replace(WAIVER, amount_cents=1))
    assert opened.loan.balance(Account.FEES_RECEIVABLE) == 0


def test_a_fee_paid_in_full_has_nothing_to_waive() -> None:
    opened = three_draws().close(date(2025, 5, 5))
    opened.serve(EXIT_FEE)
    opened.pay("9600.00", DAY)

    assert refused(lambda: opened.serve(WAIVER)) == "WAIVER_EXCEEDS_FEE"


def test_a_fee_is_not_waived_before_it_was_assessed() -> None:
    opened = three_draws()
    opened.serve(EXIT_FEE)

    early = replace(WAIVER, waived_on=date(2025, 5, 4))
    assert refused(lambda: opened.serve(early)) == "WAIVED_BEFORE_ASSESSED"


@pytest.mark.parametrize("fee_id", [OTHER_ID, UUID(int=0)])
def test_a_fee_nobody_assessed_is_not_waived(fee_id: UUID) -> None:
    unknown = replace(WAIVER, fee_id=fee_id)
    assert refused(lambda: three_draws().serve(unknown)) == "FEE_UNKNOWN"


def test_a_waiver_of_nothing_is_refused() -> None:
    opened = three_draws()
    opened.serve(EXIT_FEE)

    assert refused(lambda: opened.serve(replace(WAIVER, amount_cents=0))) == "AMOUNT_NOT_POSITIVE"


def test_a_protective_advance_is_owed_outside_the_commitment_and_bears_no_interest() -> None:
    opened = three_draws()
    before = opened.loan

    (event,) = opened.serve(TAXES)

    assert isinstance(event, ProtectiveAdvanceRecorded)
    assert opened.loan.balance(Account.PROTECTIVE_ADVANCES) == 4_000_00
    assert opened.loan.balance(Account.CASH) == before.balance(Account.CASH) - 4_000_00
    assert opened.loan.available_cents == before.available_cents
    assert opened.loan.timeline == before.timeline


def test_a_deposit_is_the_borrowers_until_it_is_spent() -> None:
    opened = three_draws()

    event = opened.serve(EQUITY)[0]

    assert isinstance(event, EquityDepositReceived)
    assert opened.loan.balance(Account.BORROWER_DEPOSITS) == 5_000_00
    assert opened.loan.receivables.deposited_cents == 5_000_00


def test_a_deposit_is_not_taken_twice_under_one_reference() -> None:
    opened = three_draws()
    opened.serve(EQUITY)
    again = replace(EQUITY, deposit_id=OTHER_ID)

    assert opened.serve(again) == []
    assert refused(lambda: opened.serve(replace(again, amount_cents=1))) == "DEPOSIT_EXISTS"
    assert opened.serve(replace(again, amount_cents=1, external_ref="wire 78"))
