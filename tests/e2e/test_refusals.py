"""What is refused over HTTP, each by its rule's own code, with nothing appended."""

from collections.abc import Callable

import pytest

from tests.e2e.firm import Case, Firm, Json, e3_origination
from tests.scenario import Asked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

BEFORE = "2025-01-14"  # the day before closing
UNKNOWN = "01950000-0000-7000-8000-000000000000"
WIRE = {"amount": "1.00", "method": "WIRE"}

# code -> what of the term sheet is wrong
TERM_SHEETS: dict[str, Json] = {
    "BUDGET_NOT_BALANCED": {"sources": [{"kind": "LOAN", "amount": "960000.00"}]},
    "SOURCES_NOT_COMMITMENT": {"commitment": "960000.01"},
    "EQUITY_EXCEEDS_LINE": {
        "sources": [
            {"kind": "EQUITY", "amount": "240000.00", "spent_on_line": "SOFT"},
            {"kind": "LOAN", "amount": "960000.00"},
        ]
    },
}
# code, where, body
COMMANDS: list[tuple[str, str, Json]] = [
    ("LOAN_NOT_APPROVED", "close", {"closing_date": "2025-01-16"}),
    ("LOAN_NOT_SUBMITTED", "approve", {}),
    ("PAYMENT_BEFORE_CLOSING", "payments", {**WIRE, "received_on": BEFORE}),
    ("PAYOFF_SHORT", "payoff", {**WIRE, "received_on": "2025-05-20"}),
    ("FEE_BEFORE_CLOSING", "fees", {"kind": "WIRE", "amount": "1.00", "assessed_on": BEFORE}),
    ("FEE_UNKNOWN", f"fees/{UNKNOWN}/waive", {"reason": "None"}),
    (
        "ADVANCE_BEFORE_CLOSING",
        "protective-advances",
        {"amount": "1.00", "payee": "A", "purpose": "B", "advanced_on": BEFORE},
    ),
    ("DEPOSIT_BEFORE_CLOSING", "equity-deposits", {"amount": "1.00", "received_on": BEFORE}),
    ("RATE_CHANGE_BEFORE_CLOSING", "rate-changes", {"rate": "0.1", "effective_on": BEFORE}),
    ("NO_EXTENSION_OPTION", "extensions", {"effective_on": "2025-05-02"}),
    ("NEW_MATURITY_MISSING", "extensions", {"modification": True, "effective_on": "2025-05-02"}),
    (
        "MATURITY_NOT_LATER",
        "extensions",
        {"modification": True, "new_maturity_date": "2025-12-31", "effective_on": "2025-05-02"},
    ),
    ("DEFAULT_BEFORE_CLOSING", "default", {"reason": "None", "effective_on": BEFORE}),
    ("LOAN_NOT_DEFAULT", "cure", {"effective_on": "2025-05-02"}),
    ("LOAN_NOT_DEFAULT", "charge-off", {"reason": "None", "effective_on": "2025-05-02"}),
    (
        "ACCRUAL_CHANGE_BEFORE_CLOSING",
        "accrual-status",
        {"status": "NONACCRUAL", "effective_on": BEFORE},
    ),
    ("PARTICIPATION_EMPTY", "participations", {"name": "A", "share": "0"}),
    (
        "SALE_BEFORE_CLOSING",
        "participations",
        {"name": "A", "share": "0.5", "effective_on": BEFORE},
    ),
    ("PAYOFF_BEFORE_CLOSING", "payoff-quotes", {"payoff_date": BEFORE}),
    ("PAYOFF_DATE_PAST", "payoff-quotes", {"payoff_date": "2025-04-30"}),
    ("PAYOFF_DATE_TOO_FAR", "payoff-quotes", {"payoff_date": "2035-05-01"}),
    (
        "GOOD_THROUGH_BEFORE_PAYOFF",
        "payoff-quotes",
        {"payoff_date": "2025-05-20", "good_through": "2025-05-19"},
    ),
    (
        "GOOD_THROUGH_TOO_FAR",
        "payoff-quotes",
        {"payoff_date": "2025-05-20", "good_through": "2025-12-31"},
    ),
]
# code, kind, what is asked
DRAWS: list[tuple[str, str, Asked]] = [
    ("DRAW_EXCEEDS_LINE", "PROGRESS", {"FINISHES": ("110000.01", "20000.00", "0.00")}),
    ("DRAW_EMPTY", "PROGRESS", {"FINISHES": ("0.00", "20000.00", "0.00")}),
    ("LINE_NOT_DRAWABLE", "PROGRESS", {"LAND": ("1.00", "0.00", "0.00")}),
    ("LINE_NOT_DRAWABLE", "PROGRESS", {"CONTINGENCY": ("1.00", "0.00", "0.00")}),
    ("RELEASE_EXCEEDS_RETAINAGE", "PROGRESS", {"FRAMING": ("0.00", "0.00", "24000.01")}),
    ("DRAW_NET_NEGATIVE", "PROGRESS", {"FINISHES": ("0.00", "0.00", "0.00")}),
    ("RELEASE_WITH_WORK", "RETAINAGE_RELEASE", {"FRAMING": ("0.00", "0.01", "24000.00")}),
]


@pytest.fixture(scope="module")
def case(firm: Firm) -> Case:
    """The three-draw loan on 2025-05-01, whose policy asks nothing."""
    return firm.e3_at_may_first()


def refused(case: Case, what: str, body: Json, status: int = 422) -> str:
    """The code with which servicing is refused; the loan and the log are as they were."""
    before, head = case.read(), case.firm.head()
    error = case.firm.servicing.refused(f"{case.path}/{what}", body, status)
    assert (case.read(), case.firm.head()) == (before, head)
    return str(error["code"])


@pytest.mark.parametrize("code", TERM_SHEETS)
def test_a_term_sheet_that_does_not_add_up(firm: Firm, code: str) -> None:
    head = firm.head()
    body = {**e3_origination(firm.builder.user_id), **TERM_SHEETS[code]}

    assert firm.admin.refused("/loans", body)["code"] == code
    assert firm.head() == head


@pytest.mark.parametrize(("code", "what", "body"), COMMANDS)
def test_a_command_that_breaks_a_rule(case: Case, code: str, what: str, body: Json) -> None:
    assert refused(case, what, body) == code


@pytest.mark.parametrize(("code", "kind", "asked"), DRAWS)
def test_a_draw_that_breaks_a_limit(case: Case, code: str, kind: str, asked: Asked) -> None:
    assert refused(case, "draws", case.request(asked, "2025-05-02", kind=kind)) == code


@pytest.mark.parametrize(
    ("code", "period_to"),
    [("DRAW_PERIOD_BEFORE_CLOSING", BEFORE), ("DRAW_PERIOD_AFTER_MATURITY", "2026-01-16")],
)
def test_a_draw_outside_of_the_loans_life(case: Case, code: str, period_to: str) -> None:
    body = case.request({"FINISHES": ("1.00", "20000.00", "0.00")}, period_to)

    assert refused(case, "draws", body) == code


def test_a_deposit_beyond_its_invoice_or_half_of_its_line(case: Case) -> None:
    def body(invoice: str, amount: str) -> Json:
        line = {
            "line_id": case.lines["FINISHES"],
            "completed_this_period": amount,
            "stored_now": "20000.00",
            "deposit_invoice": invoice,
        }
        return {"period_to": "2025-05-02", "lines": [line]}

    assert refused(case, "draws", body("500.00", "500.01")) == "DEPOSIT_EXCEEDS_INVOICE"
    share = body("110000.00", "100000.01")
    assert refused(case, "draws", share) == "DEPOSIT_EXCEEDS_LINE_SHARE"


AskedLine = Callable[[Case], Json]
LINES: list[tuple[str, str, AskedLine]] = [
    (
        "PROGRESS_NOT_APPLICABLE",
        "accepted-progress",
        lambda case: {
            "line_percents": [{"line_id": case.lines["LAND"], "percent": "1"}],
            "inspected_on": "2025-05-01",
        },
    ),
    (
        "ESTIMATE_NOT_APPLICABLE",
        "cost-to-complete",
        lambda case: {
            "line_costs": [{"line_id": case.lines["CONTINGENCY"], "amount": "1.00"}],
            "estimated_on": "2025-05-01",
        },
    ),
    (
        "LINE_NOT_IN_BUDGET",
        "accepted-progress",
        lambda _: {
            "line_percents": [{"line_id": UNKNOWN, "percent": "1"}],
            "inspected_on": "2025-05-01",
        },
    ),
    (
        "LINE_TWICE",
        "budget/reallocations",
        lambda case: {
            "moves": [
                {"line_id": case.lines["MEP"], "delta": "-1.00"},
                {"line_id": case.lines["MEP"], "delta": "1.00"},
            ],
            "reason": "None",
        },
    ),
    (
        "COMMITMENT_FIXED",
        "change-orders",
        lambda case: {
            "number": "CO-9",
            "deltas": [{"line_id": case.lines["MEP"], "delta": "1.00"}],
            "source_deltas": [{"kind": "LOAN", "amount": "1.00"}],
        },
    ),
    (
        "SOURCE_BELOW_SPENT",
        "change-orders",
        lambda case: {
            "number": "CO-9",
            "deltas": [{"line_id": case.lines["MEP"], "delta": "-1.00"}],
            "source_deltas": [{"kind": "EQUITY", "amount": "-1.00"}],
        },
    ),
]


@pytest.mark.parametrize(("code", "what", "body"), LINES, ids=[each[0] for each in LINES])
def test_a_line_that_does_not_take_it(case: Case, code: str, what: str, body: AskedLine) -> None:
    assert refused(case, what, body(case)) == code


def test_what_cannot_be_undone(case: Case) -> None:
    events = {event["type"]: event["id"] for event in case.history()}

    def undo(event_id: str, on: str) -> Json:
        return {"event_id": event_id, "effective_on": on, "reason": "Try"}

    submitted, closing = events["loan.submitted"], events["loan.closing_advance_recorded"]
    assert refused(case, "reversals", undo(UNKNOWN, "2025-05-01"), 404) == "NOT_FOUND"
    assert refused(case, "reversals", undo(submitted, "2025-05-01")) == "NOT_REVERSIBLE"
    assert refused(case, "reversals", undo(closing, BEFORE)) == "REVERSAL_BEFORE_ORIGINAL"


def test_a_reference_that_paid_once_does_not_pay_something_else(firm: Firm) -> None:
    case = firm.e3_at_may_first()
    first = {**WIRE, "received_on": "2025-05-02", "external_ref": "FED-1"}
    case.serve("payments", first)

    other = {**first, "amount": "2.00"}
    assert refused(case, "payments", other, 409) == "PAYMENT_EXISTS"


def test_no_more_than_the_whole_loan_is_sold(firm: Firm) -> None:
    case = firm.e3_at_may_first()
    on = {"effective_on": "2025-05-02"}
    case.serve("participations", {"name": "First Valley Bank", "share": "0.6", **on})

    more = {"name": "Granite Savings", "share": "0.41", **on}
    assert refused(case, "participations", more) == "PARTICIPATION_EXCEEDS_WHOLE"
