"""A loan that has closed, and where it may be since: what the tests of rates, maturity and default begin with."""

from datetime import date
from uuid import UUID

import pytest

from domain.defaults.events import DefaultDeclared
from domain.kernel.errors import Refusal
from domain.kernel.rates import Rate
from domain.kernel.values import replace
from domain.loans.file import LoanFile
from domain.loans.terms import ExtensionOption, LoanTerms
from domain.maturity.events import LoanMatured
from domain.payoff.events import LoanPaidOff
from tests.scenario import LOAN_ID, Desk, e3_terms

CLOSED_ON, MATURES_ON = date(2025, 1, 15), date(2026, 1, 15)
BEFORE_CLOSING = date(2025, 1, 14)

TEN_PER_CENT = Rate("0.1")


def terms() -> LoanTerms:
    options = (ExtensionOption(6, Rate("0.005")), ExtensionOption(3, Rate("0")))
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
