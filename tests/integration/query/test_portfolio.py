"""The portfolio's figures."""

from datetime import date

from tests.integration.query.conftest import Desk


async def test_a_deficient_loan_and_stale_ones_show_in_the_portfolio(desk: Desk) -> None:
    await desk.office.three_draw_loan()
    for on, inspection, funding in (
        ("2025-03-01", 0, 0),
        ("2025-03-02", 1, 0),
        ("2025-06-14", 1, 0),
        ("2025-06-15", 1, 1),
    ):
        stale = (await desk.figures("portfolio", on))["staleness"]
        assert stale["inspection"] == {"flag_after_days": 45, "loans": inspection}, on
        assert stale["funding"] == {"flag_after_days": 60, "loans": funding}, on
    balance = (await desk.figures("portfolio", "2025-06-15"))["in_balance"]
    assert balance == {"deficient": 0, "deficiency": "0.00"}


async def test_interest_is_part_of_exposure_and_ties_out(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    await desk.office.close_business(loan_id, date(2025, 5, 20))
    figures = await desk.figures("portfolio", "2025-05-20")
    assert figures["outstanding"] == "671923.74"
    assert figures["undisbursed"] == "288076.26"
    assert figures["accrued_interest"] == "3457.61"
    assert figures["exposure"] == "963457.61"
    assert figures["interest_reserves"] == "41576.26"
    assert figures["tie_out"]["difference"] == "0.00"


async def test_borrowers_are_named_by_their_part_of_the_exposure(desk: Desk) -> None:
    await desk.office.active_loan()
    await desk.office.active_loan()
    assert "top_borrowers" not in await desk.figures("portfolio", "2025-02-01")
    shown = await desk.figures("portfolio", "2025-02-01", top_borrowers=5)
    (borrower,) = shown["top_borrowers"]
    assert borrower["borrower_name"] == "Maple Street Homes LLC"
    assert (borrower["loans"], borrower["concentration"]) == (2, "1.0000")
    assert borrower["exposure"] == shown["exposure"] == "1920000.00"
    mine = (await desk.builder("/dashboards/portfolio", top_borrowers=5)).json()["data"]
    assert "top_borrowers" not in mine
    assert (await desk.get("/dashboards/portfolio", top_borrowers=51)).status_code == 400
