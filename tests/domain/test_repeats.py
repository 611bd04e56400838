"""A command that comes again decides nothing, whatever was undone since; another is refused."""

from datetime import date
from uuid import uuid5

import pytest

from domain.charge_off.commands import ChargeOff
from domain.decisions import FileCommand
from domain.defaults.commands import CureDefault, DeclareDefault
from domain.events.catalogue import Event
from domain.fees.commands import AssessFee, RecordProtectiveAdvance, WaiveFee
from domain.kernel.rates import Rate
from domain.kernel.values import replace
from domain.loans.terms import ExtensionOption
from domain.maturity.commands import ExtendMaturity
from domain.receivables.events import FeeAssessed, FeeKind, ProtectiveAdvanceRecorded
from tests.domain.corrections_desk import closed, entries, refused, undo
from tests.domain.loan_desk import LOAN_ID, LoanDesk

DAY, NEXT = date(2025, 5, 5), date(2025, 5, 6)
FEE_ID, OTHER_ID, WAIVER_ID = (uuid5(LOAN_ID, name) for name in ("one fee", "another", "waiver"))
FEE = AssessFee(FEE_ID, FeeKind.OTHER, 200_00, DAY)
WAIVER = WaiveFee(FEE_ID, NEXT, "goodwill", 50_00, WAIVER_ID)
TAXES = RecordProtectiveAdvance(
    uuid5(LOAN_ID, "county taxes"), 4_000_00, "County treasurer", "taxes", DAY
)


def after(*commands: FileCommand, desk: LoanDesk | None = None) -> LoanDesk:
    """A loan of which something was asked."""
    desk = desk or closed()
    for command in commands:
        assert desk.serve(command)
    return desk


def undone(desk: LoanDesk, kind: type[Event]) -> LoanDesk:
    """The last event of a kind, undone on its day."""
    undo(desk, entries(desk, kind)[-1])
    return desk


@pytest.mark.parametrize(
    ("command", "kind"), [(FEE, FeeAssessed), (TAXES, ProtectiveAdvanceRecorded)]
)
def test_what_was_struck_is_not_charged_by_the_same_command_again(
    command: AssessFee | RecordProtectiveAdvance, kind: type[Event]
) -> None:
    desk = undone(after(command), kind)

    assert desk.serve(command) == []
    dearer = replace(command, amount_cents=command.amount_cents + 1)
    assert refused(lambda: desk.serve(dearer)).endswith("_EXISTS")


def test_part_of_a_fee_is_waived_once_by_one_waiver() -> None:
    desk = after(FEE, WAIVER)

    assert desk.serve(WAIVER) == []
    assert desk.serve(replace(WAIVER, waiver_id=OTHER_ID))
    assert [fee.waived_cents for fee in desk.loan.receivables.fees] == [100_00]


def test_a_waiver_of_all_that_is_unpaid_is_the_same_one_when_it_says_how_much_that_was() -> None:
    whole = replace(WAIVER, amount_cents=None)
    desk = after(FEE, whole)

    assert desk.serve(whole) == []
    assert desk.serve(replace(whole, amount_cents=200_00)) == []


@pytest.mark.parametrize(
    "another",
    [
        replace(WAIVER, amount_cents=50_01),
        replace(WAIVER, waived_on=DAY),
        replace(WAIVER, fee_id=OTHER_ID),
    ],
)
def test_another_waiver_under_the_same_id_collides(another: WaiveFee) -> None:
    desk = after(FEE, replace(FEE, fee_id=OTHER_ID), WAIVER)

    assert refused(lambda: desk.serve(another)) == "WAIVER_EXISTS"


def test_a_waiver_that_went_with_its_fee_decides_nothing_when_it_comes_again() -> None:
    desk = undone(after(FEE, WAIVER), FeeAssessed)

    assert desk.serve(WAIVER) == []
    assert refused(lambda: desk.serve(replace(WAIVER, waiver_id=OTHER_ID))) == "FEE_UNKNOWN"


def with_two_options(fee_rate: str) -> LoanDesk:
    """A loan with two options of six months."""
    options = (ExtensionOption(6, Rate(fee_rate)),) * 2
    return closed(extension_options=options)


EXTENSION = ExtendMaturity(DAY, FEE_ID)


def test_an_extension_without_a_fee_takes_one_option_however_often_it_comes() -> None:
    desk = after(EXTENSION, desk=with_two_options("0"))

    assert desk.serve(EXTENSION) == []
    assert desk.loan.maturity_on == date(2026, 7, 15)
    assert desk.serve(replace(EXTENSION, fee_id=OTHER_ID))


def test_an_extension_whose_fee_was_struck_is_not_taken_again() -> None:
    desk = undone(after(EXTENSION, desk=with_two_options("0.01")), FeeAssessed)

    assert desk.serve(EXTENSION) == []
    assert desk.loan.maturity_on == date(2026, 7, 15)


@pytest.mark.parametrize(
    "another",
    [
        replace(EXTENSION, extended_on=NEXT),
        replace(EXTENSION, new_maturity_on=date(2026, 8, 1), modification=True),
        replace(EXTENSION, new_maturity_on=date(2026, 7, 14)),
        replace(EXTENSION, fee_cents=4_800_01),
    ],
)
def test_another_extension_under_the_same_id_collides(another: ExtendMaturity) -> None:
    desk = after(EXTENSION, desk=with_two_options("0.005"))

    assert refused(lambda: desk.serve(another)) == "FEE_EXISTS"
    assert desk.serve(replace(EXTENSION, fee_cents=4_800_00)) == []


def test_the_id_of_a_fee_that_was_struck_is_no_extensions() -> None:
    desk = undone(after(FEE, desk=with_two_options("0.01")), FeeAssessed)

    assert refused(lambda: desk.serve(EXTENSION)) == "FEE_EXISTS"


def test_a_cure_on_the_day_of_the_declaration_decides_nothing_when_it_comes_again() -> None:
    cured = CureDefault(DAY)
    desk = after(DeclareDefault(DAY, "unpaid taxes"), cured)

    assert desk.serve(cured) == []
    assert refused(lambda: desk.serve(CureDefault(NEXT))) == "LOAN_NOT_DEFAULT"


@pytest.mark.parametrize("other_on", [DAY, date(2025, 5, 7)])
def test_a_charge_off_on_another_day_is_not_the_one_that_was_recorded(other_on: date) -> None:
    charged_off = ChargeOff(NEXT, "foreclosed")
    desk = after(DeclareDefault(DAY, "unpaid taxes"), charged_off)

    assert desk.serve(charged_off) == []
    assert refused(lambda: desk.serve(ChargeOff(other_on, "foreclosed"))) == "LOAN_NOT_DEFAULT"
