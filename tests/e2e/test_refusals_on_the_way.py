"""What is refused because of what happened before: each by its own code, with nothing appended."""

import pytest

from tests.e2e.firm import E3_CLOSING, Case, Firm, Json, Seat
from tests.scenario import E3_DRAWS, Asked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ON = "2025-05-02"
DATED = {"effective_on": ON}
MEP: Asked = {"MEP": ("1000.00", "0.00", "0.00")}


@pytest.fixture
def case(firm: Firm) -> Case:
    """The three-draw loan on 2025-05-01."""
    return firm.e3_at_may_first()


def refused(who: Seat, case: Case, path: str, body: Json | None = None, status: int = 422) -> str:
    """The code of a refusal that leaves the loan and the log as they were."""
    before, head = case.read(), case.firm.head()
    error = who.refused(path, body, status)
    assert (case.read(), case.firm.head()) == (before, head)
    return str(error["code"])


def on_loan(case: Case, what: str, body: Json, status: int = 422) -> str:
    return refused(case.firm.servicing, case, f"{case.path}/{what}", body, status)


def undo(case: Case, kind: str, on: str = ON, status: int = 422) -> str:
    """The code with which undoing the last event of a kind is refused."""
    body = {"event_id": case.history(kind)[-1]["id"], "effective_on": on, "reason": "Try"}
    return on_loan(case, "reversals", body, status)


@pytest.mark.parametrize(
    ("code", "closing_on", "advance"),
    [
        ("ADVANCE_EXCEEDS_LINE", "2025-01-15", {"SOFT": "60000.01"}),
        ("LINE_NOT_ADVANCEABLE", "2025-01-15", {"CONTINGENCY": "1.00"}),
        ("CLOSING_AFTER_MATURITY", "2026-01-16", E3_CLOSING),
    ],
)
def test_closings(firm: Firm, code: str, closing_on: str, advance: dict[str, str]) -> None:
    case = firm.originate()
    case.admin("submit")
    case.admin("approve")
    lines = [{"line_id": case.lines[name], "amount": part} for name, part in advance.items()]
    body = {"closing_date": closing_on, "advance": {"lines": lines}}

    assert refused(firm.admin, case, f"{case.path}/close", body) == code


def test_draws_before_their_turn(case: Case) -> None:
    servicing, builder = case.firm.servicing, case.firm.builder
    path = case.in_review(MEP, ON)
    wire, paid = {"wire_ref": "FED-1", **DATED}, {"funded_on": ON}

    assert refused(builder, case, f"{path}/submit") == "DRAW_NOT_DRAFT"
    assert refused(servicing, case, f"{path}/fund", wire) == "DRAW_NOT_APPROVED"
    assert refused(servicing, case, f"{path}/confirm-funding", paid) == "DRAW_NOT_FUNDING"
    back = {"effective_on": ON, "reason": "Try"}
    assert refused(servicing, case, f"{path}/reverse", back) == "DRAW_NOT_FUNDED"
    more = [{"line_id": case.lines["MEP"], "completed_this_period": "1000.01"}]
    cut = {"approved_lines": more, **DATED}
    assert refused(servicing, case, f"{path}/approve", cut) == "APPROVAL_EXCEEDS_REQUEST"
    late = {"effective_on": "2026-01-16"}
    assert refused(servicing, case, f"{path}/approve", late) == "LOAN_PAST_MATURITY"
    item = {"rule": "INSPECTION", "status": "ACCEPTED"}
    assert refused(servicing, case, f"{path}/checklist", item) == "RULE_NOT_ON_CHECKLIST"


def test_wires(case: Case) -> None:
    servicing = case.firm.servicing
    first, second = (case.in_review(MEP, ON) for _ in range(2))
    for path in (first, second):
        servicing.post(f"{path}/approve", DATED)
    servicing.post(f"{first}/fund", {"wire_ref": "FED-1", **DATED})

    wire = {"wire_ref": "FED-2", **DATED}
    assert refused(servicing, case, f"{second}/fund", wire) == "FUNDING_IN_PROGRESS"
    early = {"funded_on": "2025-01-14"}
    assert refused(servicing, case, f"{first}/confirm-funding", early) == "FUNDED_BEFORE_CLOSING"
    servicing.post(f"{case.path}/draw-stops", {"reason": "MECHANICS_LIEN", **DATED})
    servicing.post(f"{first}/fail-funding", {"reason": "Account closed"})
    assert refused(servicing, case, f"{first}/fund", wire) == "DRAW_STOPPED"
    case.serve("default", {"reason": "Taxes", **DATED})
    body = {"reason": "Sold", "effective_on": "2025-05-20"}
    assert on_loan(case, "charge-off", body) == "DRAWS_PENDING"


def test_change_orders_and_ids_are_used_once(case: Case) -> None:
    admin = case.firm.admin
    line = {"line_id": case.lines["MEP"], "delta": "1.00"}
    order = {"number": "CO-1", "deltas": [line]}
    source = [{"kind": "EQUITY", "amount": "1.00"}]
    case.admin("change-orders", {**order, "source_deltas": source})

    other = {
        **order,
        "deltas": [{**line, "delta": "2.00"}],
        "source_deltas": [{"kind": "EQUITY", "amount": "2.00"}],
    }
    code = refused(admin, case, f"{case.path}/change-orders", other)
    assert code == "CHANGE_ORDER_EXISTS"
    fee = {"kind": "WIRE", "amount": "30.00", "assessed_on": ON}
    case.serve("fees", {**fee, "fee_id": case.lines["MEP"]})
    again = {**fee, "amount": "31.00", "fee_id": case.lines["MEP"]}
    assert on_loan(case, "fees", again, 409) == "FEE_EXISTS"


def test_findings_and_estimates_do_not_go_back_in_time(case: Case) -> None:
    mep = case.lines["MEP"]
    found = {"line_percents": [{"line_id": mep, "percent": "0.9"}], "inspected_on": ON}
    cost = {"line_costs": [{"line_id": mep, "amount": "25000.00"}], "estimated_on": ON}
    case.serve("accepted-progress", found)
    case.serve("cost-to-complete", cost)

    earlier = {**found, "inspected_on": "2025-05-01"}
    assert on_loan(case, "accepted-progress", earlier) == "INSPECTION_OUT_OF_ORDER"
    earlier = {**cost, "estimated_on": "2025-05-01"}
    assert on_loan(case, "cost-to-complete", earlier) == "ESTIMATE_OUT_OF_ORDER"


def test_fees_and_what_was_paid_of_them(case: Case) -> None:
    fee_id = case.lines["MEP"]
    fee = {"kind": "WIRE", "amount": "30.00", "assessed_on": ON, "fee_id": fee_id}
    case.serve("fees", fee)
    too_much = {"reason": "Try", "amount": "30.01", **DATED}
    assert on_loan(case, f"fees/{fee_id}/waive", too_much) == "WAIVER_EXCEEDS_FEE"
    early = {"reason": "Try", "effective_on": "2025-05-01"}
    assert on_loan(case, f"fees/{fee_id}/waive", early) == "WAIVED_BEFORE_ASSESSED"

    case.serve("payments", {"amount": "10.00", "received_on": ON, "method": "ACH"})

    assert undo(case, "loan.fee_assessed") == "FEE_PAID"


def test_what_was_paid_back_or_spent_is_not_undone_first(case: Case) -> None:
    taxes = {"amount": "100.00", "payee": "County", "purpose": "Taxes", "advanced_on": ON}
    case.serve("protective-advances", taxes)
    case.serve("payments", {"amount": "670000.00", "received_on": ON, "method": "WIRE"})
    case.serve("equity-deposits", {"amount": "500.00", "received_on": ON})
    case.pay(case.in_review(MEP, ON), ON)

    assert undo(case, "loan.protective_advance_recorded") == "PROTECTIVE_ADVANCE_PAID"
    assert undo(case, "loan.equity_deposit_received") == "DEPOSIT_USED"
    back = {"effective_on": ON, "reason": "Try"}
    path = f"/draws/{case.draws[2]['id']}/reverse"
    assert refused(case.firm.servicing, case, path, back) == "PRINCIPAL_REPAID"


def test_default_and_its_end(case: Case) -> None:
    case.serve("default", {"reason": "Taxes", "effective_on": "2025-05-05"})

    again = {"reason": "Taxes", "effective_on": "2025-05-06"}
    assert on_loan(case, "default", again) == "DEFAULT_ALREADY_DECLARED"
    early = {"effective_on": "2025-05-04"}
    assert on_loan(case, "cure", early) == "CURE_BEFORE_DEFAULT"
    case.serve("accrual-status", {"status": "NONACCRUAL", "effective_on": "2025-05-10"})
    early = {"status": "ACCRUAL", "effective_on": "2025-05-09"}
    assert on_loan(case, "accrual-status", early) == "ACCRUAL_RESUMED_BEFORE_STOPPED"
    case.close_business("2025-05-20")
    past = {"reason": "Sold", "effective_on": "2025-05-15"}
    assert on_loan(case, "charge-off", past) == "CHARGE_OFF_BEFORE_ACCRUAL"
    assert on_loan(case, "draws", case.request(MEP, ON)) == "LOAN_NOT_ACTIVE"


def test_an_option_extends_by_its_months_and_once(firm: Firm) -> None:
    option = [{"months": 6, "fee_rate": "0.005"}]
    case = firm.e3_loan(draws=1, extension_options=option)

    far = {"new_maturity_date": "2026-07-16", "effective_on": ON}
    assert on_loan(case, "extensions", far) == "EXTENSION_EXCEEDS_OPTION"
    early = {"effective_on": "2025-01-14"}
    assert on_loan(case, "extensions", early) == "EXTENSION_BEFORE_CLOSING"
    case.serve("extensions", DATED)

    loan = case.read()
    assert (loan["maturity_date"], loan["fees_due"]) == ("2026-07-15", "4800.00")
    assert on_loan(case, "extensions", {"effective_on": "2025-05-03"}) == "NO_EXTENSION_OPTION"


def test_a_loan_that_is_over_takes_nothing_more(firm: Firm) -> None:
    case = firm.land_loan("15000.00", "2025-03-03", rate="0.08")
    case.serve("payoff", {"amount": "15083.33", "received_on": "2025-03-28", "method": "WIRE"})

    payment = {"amount": "1.00", "received_on": "2025-04-01", "method": "WIRE"}
    for what, body in (
        ("payments", payment),
        ("payoff", payment),
        ("fees", {"kind": "WIRE", "amount": "1.00"}),
        ("rate-changes", {"rate": "0.1", "effective_on": ON}),
        ("payoff-quotes", {"payoff_date": ON}),
    ):
        assert on_loan(case, what, body) == "LOAN_NOT_LIVE"


def test_a_payoff_told_late_is_refused_while_money_went_out_since(firm: Firm) -> None:
    case = firm.e3_loan(draws=2)
    case.close_business("2025-04-01")
    total = case.serve("payoff-quotes", {"payoff_date": "2025-04-10"})["total"]
    case.fund(E3_DRAWS[2])

    body = {"amount": total, "received_on": "2025-04-10", "method": "WIRE"}
    assert on_loan(case, "payoff", body) == "PAYOFF_NOT_LAST"


def test_what_somebody_else_changed_meanwhile_is_stale(case: Case) -> None:
    client = case.firm.servicing.client
    version, head = case.read()["version"], case.firm.head()
    body = {"reason": "MECHANICS_LIEN", **DATED}

    answer = client.post(
        f"{case.path}/draw-stops", json=body, headers={"If-Match": f'"{version - 1}"'}
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (412, "STALE")
    assert case.firm.head() == head


def test_a_key_means_one_thing(case: Case) -> None:
    client, key = case.firm.servicing.client, {"Idempotency-Key": f"lien-{case.loan_id}"}
    body = {"reason": "MECHANICS_LIEN", **DATED}
    first = client.post(f"{case.path}/draw-stops", json=body, headers=key)

    again = client.post(f"{case.path}/draw-stops", json=body, headers=key)
    other = client.post(f"{case.path}/draw-stops", json={"reason": "OTHER"}, headers=key)

    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "IDEMPOTENCY_MISMATCH")
