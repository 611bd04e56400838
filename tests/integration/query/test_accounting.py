"""Trial balances and closed months."""

from datetime import date

from command_api.accounting import close_period
from command_api.idempotency import own_order
from domain.kernel.actors import Role
from tests.integration.query.conftest import MAY, Desk, balances
from tests.office import CLERK


async def test_the_worked_examples_trial_balance_after_the_first_of_may(desk: Desk) -> None:
    loan_id = await desk.closed_through(MAY)
    loan = await desk.data(f"/loans/{loan_id}")
    assert (loan["principal"], loan["accrued_interest"]) == ("671923.74", "0.00")
    assert loan["interest_reserve_balance"] == "41576.26"
    shown = balances(await desk.data("/trial-balance", loan_id=str(loan_id)))
    assert shown == {
        "loan:principal": "671923.74",
        "cash:operating": "-653500.00",
        "deferred_fees": "10000.00",
        "interest_income": "8423.74",
        "memo:commitment": "960000.00",
        "memo:undisbursed_available": "288076.26",
        "memo:disbursed": "671923.74",
        "memo:retainage_withheld": "46500.00",
        "memo:retainage_obligation": "46500.00",
    }
    assert balances(await desk.data("/trial-balance")) == shown


async def test_closed_months_are_listed_latest_first(desk: Desk) -> None:
    assert await desk.data("/accounting-periods") == []
    for month in (1, 2):
        order = own_order(CLERK, MAY)
        decided = await close_period(desk.office.ledger, order, date(2025, month, 1))
        desk.office.position = max(desk.office.position, decided.position or 0)
    shown = await desk.data("/accounting-periods", Role.AUDITOR)
    assert [each["month"] for each in shown] == ["2025-02", "2025-01"]
    assert (await desk.builder("/accounting-periods")).status_code == 403
