"""A loan that demands everything of its draws, over HTTP: what is missing stops them, by name."""

import pytest

from tests.e2e.firm import Case, Firm, Json
from tests.scenario import Asked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ON = "2025-02-10"
SITEWORK: Asked = {"SITEWORK": ("90000.00", "0.00", "0.00")}
PAYEES = [{"name": "Ridgeline Excavating"}]


@pytest.fixture
def case(firm: Firm) -> Case:
    """The example's loan with every rule in its policy, closed."""
    return firm.e3_loan(draws=0, draw_policy={})


@pytest.fixture
def path(case: Case) -> str:
    """A draw of half the sitework, in review."""
    return case.in_review(SITEWORK, ON, payees=PAYEES)


def inspected(case: Case, percent: str) -> None:
    found = [{"line_id": case.lines["SITEWORK"], "percent": percent}]
    case.serve("accepted-progress", {"line_percents": found, "inspected_on": "2025-02-09"})


def document(firm: Firm, path: str, rule: str, **says: object) -> None:
    body = {"rule": rule, "status": "ACCEPTED", **says}
    firm.servicing.post(f"{path}/checklist", body)


def complete(case: Case, path: str) -> None:
    """Every document of a progress draw."""
    inspected(case, "0.50")
    document(case.firm, path, "CONDITIONAL_WAIVER", payee="Ridgeline Excavating", through_date=ON)
    document(case.firm, path, "TITLE_DATE_DOWN", through_date=ON)
    document(case.firm, path, "INSURANCE", expires_on="2025-12-31")


def refusal(case: Case, path: str, what: str = "approve", **body: str) -> Json:
    """Servicing is refused, and nothing changes."""
    before, head = case.firm.read(path), case.firm.head()
    given = {"effective_on": ON, **body}
    error = case.firm.servicing.refused(f"{path}/{what}", given)
    assert (case.firm.read(path), case.firm.head()) == (before, head)
    return error


def test_everything_that_is_missing_is_told_at_once(case: Case, path: str) -> None:
    error = refusal(case, path)

    assert error["code"] == "INSPECTION_REQUIRED"
    assert [detail["field"] for detail in error["details"]] == [
        "INSPECTION_REQUIRED",
        "CONDITIONAL_WAIVER_MISSING",
        "TITLE_DATE_DOWN_MISSING",
        "INSURANCE_EXPIRED",
    ]


def test_with_everything_there_it_is_paid(case: Case, path: str) -> None:
    complete(case, path)

    funded = case.pay(path, ON)

    assert (funded["state"], funded["net"]) == ("FUNDED", "81000.00")
    assert {item["rule"]: item["status"] for item in funded["checklist"]}["INSURANCE"] == "ACCEPTED"


def test_a_cent_beyond_what_was_inspected_needs_an_administrator(case: Case) -> None:
    path = case.in_review({"SITEWORK": ("90000.01", "0.00", "0.00")}, ON, payees=PAYEES)
    complete(case, path)
    assert refusal(case, path)["code"] == "INSPECTION_REQUIRED"

    reason = {"rule": "INSPECTION", "reason": "Photographs seen"}
    error = case.firm.servicing.refused(f"{path}/overrides", reason, status=403)
    assert error["code"] == "OVERRIDE_NEEDS_ADMIN"
    case.firm.admin.post(f"{path}/overrides", reason)

    approved = case.firm.servicing.post(f"{path}/approve", {"effective_on": ON})
    assert approved["state"] == "APPROVED"


@pytest.mark.parametrize(
    ("code", "rule", "says"),
    [
        (
            "CONDITIONAL_WAIVER_MISSING",
            "CONDITIONAL_WAIVER",
            {"payee": "Ridgeline Excavating", "through_date": "2025-02-09"},
        ),
        ("TITLE_DATE_DOWN_MISSING", "TITLE_DATE_DOWN", {"through_date": "2025-02-09"}),
        ("LIEN_INTERVENING", "TITLE_DATE_DOWN", {"through_date": ON, "lien": True}),
        ("INSURANCE_EXPIRED", "INSURANCE", {"expires_on": "2025-02-09"}),
    ],
)
def test_a_document_that_does_not_reach(
    case: Case, path: str, code: str, rule: str, says: Json
) -> None:
    complete(case, path)
    document(case.firm, path, rule, **says)

    assert refusal(case, path)["code"] == code


def test_the_next_draw_owes_the_last_ones_unconditional_waivers(case: Case, path: str) -> None:
    complete(case, path)
    case.pay(path, ON)
    next_path = case.in_review({"SITEWORK": ("0.01", "0.00", "0.00")}, ON, payees=PAYEES)
    complete(case, next_path)
    inspected(case, "1")

    assert refusal(case, next_path)["code"] == "UNCONDITIONAL_WAIVER_MISSING"
    document(case.firm, next_path, "UNCONDITIONAL_WAIVER", through_date=ON)
    case.firm.servicing.post(f"{next_path}/approve", {"effective_on": ON})


def test_out_of_balance_stops_draws_until_equity_comes(case: Case, path: str) -> None:
    complete(case, path)
    overrun = [{"line_id": case.lines["FRAMING"], "amount": "300000.00"}]
    case.serve("cost-to-complete", {"line_costs": overrun, "estimated_on": "2025-02-09"})

    loan = case.read()
    assert (loan["draw_stops"], loan["deficiency"]) == (["OUT_OF_BALANCE"], "10000.00")
    assert refusal(case, path)["code"] == "DRAW_STOPPED"
    lift = case.firm.servicing.refused(f"{case.path}/draw-stops/OUT_OF_BALANCE/lift")
    assert lift["code"] == "OUT_OF_BALANCE"

    case.serve("equity-deposits", {"amount": "10000.00", "received_on": "2025-02-10"})

    loan = case.read()
    assert (loan["draw_stops"], loan["deficiency"]) == ([], "0.00")
    funded = case.pay(path, ON)
    assert funded["net"] == "81000.00"
    # The borrower's money goes first, and is never principal.
    assert case.read()["principal"] == "106000.00"
    assert case.read()["borrower_deposits"] == "0.00"


def test_a_final_draw_needs_its_certificate_and_final_waivers(case: Case, path: str) -> None:
    complete(case, path)
    case.pay(path, ON)
    asked: Asked = {"SITEWORK": ("0.00", "0.00", "9000.00")}
    final = case.in_review(asked, ON, payees=PAYEES, kind="FINAL")
    complete(case, final)
    document(case.firm, final, "UNCONDITIONAL_WAIVER", through_date=ON)

    codes = [detail["field"] for detail in refusal(case, final)["details"]]
    assert codes == ["CERTIFICATE_OF_OCCUPANCY_MISSING", "FINAL_WAIVER_MISSING"]
    document(case.firm, final, "CERTIFICATE_OF_OCCUPANCY")
    document(case.firm, final, "FINAL_WAIVER", payee="Ridgeline Excavating", through_date=ON)

    assert case.pay(final, ON)["net"] == "9000.00"
    more = case.request({"SITEWORK": ("1.00", "0.00", "0.00")}, ON)
    error = case.firm.builder.refused(f"{case.path}/draws", more)
    assert error["code"] == "FINAL_DRAW_FUNDED"
