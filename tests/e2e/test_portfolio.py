"""What somebody sees who has just typed `make up`: a portfolio with something in every figure."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from local.cli.seed import LOANS
from local.embedded import free_port
from tests.e2e.firm import Json, cents
from tests.e2e.running import Up

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def boards(
    tmp_path_factory: pytest.TempPathFactory, named_servers: Callable[[], dict[str, str]]
) -> Iterator[dict[str, Json]]:
    """Every dashboard of the portfolio that `up` makes."""
    data_dir = tmp_path_factory.mktemp("portfolio") / "data"
    names = ("portfolio", "draws", "maturities", "delinquency", "reserves", "budget-burn")
    with (
        Up(data_dir, free_port(), loans=LOANS, **named_servers()) as up,
        up.wait_until_ready().client() as client,
    ):
        found = {name: _get(client, f"/dashboards/{name}?page_size=100") for name in names[1:]}
        found["portfolio"] = _get(client, "/dashboards/portfolio")
        found["trial-balance"] = _get(client, "/trial-balance")
        yield found


def _get(client: Any, path: str) -> Json:
    found: Json = client.get(path).raise_for_status().json()["data"]
    return found


def test_the_portfolio_lends_and_ties_out(boards: dict[str, Json]) -> None:
    board = boards["portfolio"]

    for name in ("commitments", "outstanding", "undisbursed", "reserved", "available"):
        assert cents(board[name]) > 0
    for name in ("retainage_withheld", "accrued_interest", "fees_due", "interest_reserves"):
        assert cents(board[name]) > 0
    assert cents(board["exposure"]) > cents(board["commitments"])
    assert sum(board["loans"].values()) == LOANS
    assert len(board["loans"]) == 10
    assert len(board["draws"]) == 11
    assert board["non_accrual"]["count"] == 1
    assert board["in_balance"]["deficient"] == 2
    assert board["tie_out"]["difference"] == "0.00"
    assert board["lag_events"] == 0


def test_draws_wait_with_everybody_and_have_taken_their_time(boards: dict[str, Json]) -> None:
    board = boards["draws"]

    assert board["pending"]["count"] == len(board["draws"]) - 2  # two are their builders' to mend
    holders = {each["holder"]: each["count"] for each in board["pending"]["by_holder"]}
    assert min(holders[name] for name in ("lender", "bank", "builder")) > 0
    assert len([age for age in board["pending"]["by_age"] if age["count"]]) >= 3
    assert board["turnaround"]["draws"] > 100
    days = board["turnaround"]["lender_clock"]["business_days"]
    assert 3 <= Decimal(days["median"]) < Decimal(days["p90"]) <= 9
    assert "0.8" < board["first_pass"]["rate"] < "1"


def test_loans_mature_and_some_have(boards: dict[str, Json]) -> None:
    board = boards["maturities"]

    assert all(bucket["count"] for bucket in board["maturing"])
    assert board["matured_unpaid"]["count"] == 2


def test_loans_are_past_due_in_the_buckets_of_their_age(boards: dict[str, Json]) -> None:
    board = boards["delinquency"]
    late = [bucket for bucket in board["buckets"] if bucket["bucket"] != "CURRENT"]

    assert sum(bucket["count"] for bucket in late) >= 8
    assert sum(bool(bucket["count"]) for bucket in late) >= 3
    assert cents(board["past_due"]["past_due"]) > 0
    assert board["non_accrual"]["count"] == 1


def test_reserves_run_out_and_budgets_burn(boards: dict[str, Json]) -> None:
    reserves, burn = boards["reserves"], boards["budget-burn"]

    assert cents(reserves["reserves"]["balance"]) > 0
    assert 0 < reserves["red"] <= reserves["reserves"]["count"]
    assert burn["budgets"] > 50
    assert burn["flagged"] < burn["budgets"]
    assert {each["category"] for each in burn["by_category"]} >= {"HARD", "SOFT", "LAND"}


def test_the_books_of_the_house_balance(boards: dict[str, Json]) -> None:
    books = boards["trial-balance"]

    assert books["difference"] == "0.00"
    held = {each["account"] for each in books["accounts"] if cents(each["balance"])}
    assert held >= {
        *("loan:principal", "interest_income", "default_interest_income", "interest_receivable"),
        *("fees_receivable", "fee_income", "protective_advances", "participation_sold"),
        *("participant_payable", "allowance", "deferred_fees", "memo:nonaccrual_interest"),
    }
