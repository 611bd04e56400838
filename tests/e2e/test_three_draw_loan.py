"""Example E3 over HTTP, through the front door: administrator, builder and servicing at work.

The table of `tests/scenario.py` is asked of the running system: every L4 to L9, every line, the
journal and the trial balance.
"""

import pytest

from tests.e2e.firm import Case, Firm, cents, desk
from tests.e2e.running import Up
from tests.scenario import E3_DRAWS, Asked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def case(firm: Firm) -> Case:
    """The example from term sheet to its third funded draw."""
    return firm.e3_loan()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_each_draw_comes_to_the_table_written_and_read(case: Case, number: int) -> None:
    written, expected = case.draws[number - 1], E3_DRAWS[number - 1]
    read = case.firm.read(f"/draws/{written['id']}")

    for shown in (written, read):
        figures = {name: shown[name] for name in ("l4", "l5", "l6", "l7", "l8", "l9", "net")}
        assert figures == {
            **{name: getattr(expected, name) for name in ("l4", "l5", "l6", "l7", "l8", "l9")},
            "net": expected.l8,
        }
        assert (shown["state"], shown["number"]) == ("FUNDED", number)
    assert read == written


def test_lines_stand_as_in_the_table(case: Case) -> None:
    loan = case.read()
    lines = {
        line["code"]: (line["amount"], line["funded"], line["retainage"], line["unbilled"])
        for line in loan["lines"]
    }

    assert lines["LAND"] == ("250000.00", "250000.00", "0.00", "0.00")
    assert lines["SITEWORK"] == ("180000.00", "180000.00", "0.00", "0.00")
    assert lines["FRAMING"] == ("240000.00", "216000.00", "24000.00", "0.00")
    assert lines["MEP"] == ("160000.00", "121500.00", "13500.00", "25000.00")
    assert lines["FINISHES"] == ("200000.00", "81000.00", "9000.00", "110000.00")
    assert (loan["principal"], loan["retainage_withheld"]) == ("663500.00", "46500.00")
    assert (loan["undisbursed"], loan["reserved"]) == ("296500.00", "0.00")


def test_the_books_of_the_loan_and_of_the_house_balance(case: Case) -> None:
    for query in ({"loan_id": case.loan_id}, {}):
        accounts = case.firm.read("/trial-balance", **query)["accounts"]
        for memo in (True, False):
            book = [a for a in accounts if a["account"].startswith("memo:") is memo]
            assert book
            assert sum(cents(a["debit"]) - cents(a["credit"]) for a in book) == 0


def test_history_shows_who_did_what(case: Case) -> None:
    firm = case.firm

    assert {entry["actor"]["id"] for entry in case.history()} == {
        firm.admin.user_id,
        firm.builder.user_id,
        firm.servicing.user_id,
    }


def test_the_past_by_the_lenders_clock(case: Case) -> None:
    then = case.read(effective_on="2025-03-31")

    assert (then["principal"], then["available"]) == ("410500.00", "549500.00")


def test_a_draw_one_cent_over_its_line_is_refused(case: Case) -> None:
    asked: Asked = {"FINISHES": ("110000.01", "20000.00", "0.00")}

    error = case.firm.builder.refused(f"{case.path}/draws", case.request(asked, "2025-05-01"))

    assert error["code"] == "DRAW_EXCEEDS_LINE"


def test_four_eyes_and_one_approval(case: Case) -> None:
    asked: Asked = {"MEP": ("1.00", "0.00", "0.00")}
    firm = case.firm
    created = firm.servicing.post(f"{case.path}/draws", case.request(asked, "2025-05-01"))
    path, on = f"/draws/{created['id']}", {"effective_on": "2025-05-01"}
    firm.servicing.post(f"{path}/submit")
    firm.servicing.post(f"{path}/review")

    assert firm.servicing.refused(f"{path}/approve", on)["code"] == "FOUR_EYES"
    assert firm.builder.refused(f"{path}/approve", status=403)["code"] == "FORBIDDEN"
    firm.admin.post(f"{path}/approve", on)
    assert firm.admin.refused(f"{path}/approve", on)["code"] == "DRAW_ALREADY_APPROVED"
    firm.servicing.post(f"{path}/cancel")


def test_another_builder_finds_nothing(case: Case, running: Up) -> None:
    asked: Asked = {"MEP": ("1.00", "0.00", "0.00")}
    position = case.firm.position
    with running.client("builder2@demo.test") as client:
        other = desk(client)
        body = case.request(asked, "2025-05-01")
        assert other.refused(f"{case.path}/draws", body, status=404)["code"] == "NOT_FOUND"
        for path in (case.path, f"/draws/{case.draws[0]['id']}"):
            assert client.get(path, params={"min_position": position}).status_code == 404
        mine = other.get("/loans", page_size=100, min_position=position)["data"]
        assert case.loan_id not in {loan["id"] for loan in mine}
