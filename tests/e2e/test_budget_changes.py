"""Example E5 over HTTP: what may be moved between lines, and what two draws may hold of one."""

import pytest

from tests.e2e.firm import Case, Firm, Json
from tests.scenario import Asked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def case(firm: Firm) -> Case:
    return firm.e3_at_may_first()


def moves(case: Case, **deltas: str) -> Json:
    return {
        "moves": [{"line_id": case.lines[code], "delta": delta} for code, delta in deltas.items()],
        "reason": "Bids came in",
    }


def budgets(case: Case) -> dict[str, str]:
    return {line["code"]: line["amount"] for line in case.read()["lines"]}


def test_contingency_pays_for_trades(case: Case) -> None:
    body = moves(case, CONTINGENCY="-24750.00", MEP="18500.00", FINISHES="6250.00")

    case.admin("budget/reallocations", body)

    after = budgets(case)
    assert (after["CONTINGENCY"], after["MEP"], after["FINISHES"]) == (
        "25250.00",
        "178500.00",
        "206250.00",
    )
    assert case.read("/budget")["total"] == "1200000.00"


@pytest.mark.parametrize(
    ("deltas", "code"),
    [
        ({"FRAMING": "-0.01", "CONTINGENCY": "0.01"}, "LINE_BELOW_FLOOR"),
        ({"MEP": "-25000.01", "CONTINGENCY": "25000.01"}, "LINE_BELOW_FLOOR"),
        ({"MEP": "-25000.00", "CONTINGENCY": "25000.01"}, "CHANGES_NOT_BALANCED"),
    ],
)
def test_what_is_spent_stays_and_what_moves_sums_to_zero(
    case: Case, deltas: dict[str, str], code: str
) -> None:
    before, head = case.read(), case.firm.head()

    error = case.firm.admin.refused(f"{case.path}/budget/reallocations", moves(case, **deltas))

    assert error["code"] == code
    assert (case.read(), case.firm.head()) == (before, head)


def test_a_line_may_be_cut_down_to_what_is_spent(case: Case) -> None:
    case.admin("budget/reallocations", moves(case, MEP="-25000.00", CONTINGENCY="25000.00"))

    assert budgets(case)["MEP"] == "135000.00"


def test_a_change_order_brings_its_equity(case: Case) -> None:
    order = {
        "number": "CO-1",
        "deltas": [{"line_id": case.lines["FINISHES"], "delta": "30000.00"}],
        "source_deltas": [{"kind": "EQUITY", "amount": "30000.00"}],
    }

    case.admin("change-orders", order)

    assert case.read("/budget")["total"] == "1230000.00"
    assert (case.read()["ltc"], case.read()["equity_to_come"]) == ("0.7805", "30000.00")


def test_two_draws_do_not_hold_the_same_money(case: Case) -> None:
    asked: Asked = {"FINISHES": ("70000.00", "20000.00", "0.00")}
    on = {"effective_on": "2025-05-02"}
    first, second = (case.in_review(asked, "2025-05-02") for _ in range(2))
    servicing = case.firm.servicing

    servicing.post(f"{first}/approve", on)
    head = case.firm.head()
    error = servicing.refused(f"{second}/approve", on)

    assert error["code"] == "DRAW_EXCEEDS_LINE"
    assert "30000.00" in error["details"][0]["message"]
    assert case.firm.head() == head
    loan = case.read()
    (finishes,) = (line for line in loan["lines"] if line["code"] == "FINISHES")
    assert (finishes["reserved"], finishes["unbilled"]) == ("63000.00", "110000.00")
    assert (loan["reserved"], loan["available"]) == ("63000.00", "225076.26")
