"""What every account holds, and that both sides of each book come to the same."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from msgspec import UNSET, UnsetType

from domain.kernel.money import format_money
from domain.kernel.resource import Money, Resource
from domain.ledger.accounts import Account

Sums = Mapping[Account, tuple[int, int]]
"""Account -> what it has been debited and credited, in cents."""


class AccountBalanceResource(Resource):
    """An account; its balance is on the side on which it grows."""

    account: Account
    book: str
    side: str
    debit: Money
    credit: Money
    balance: Money


class BookResource(Resource):
    """Both sides of a book, which differ by nothing."""

    debit: Money
    credit: Money
    difference: Money


class TrialBalanceResource(Resource, kw_only=True):
    """The accounts that hold anything or once did, of one loan or of all."""

    loan_id: UUID | None
    accounts: list[AccountBalanceResource]
    on_balance: BookResource
    memo: BookResource | UnsetType = UNSET
    difference: Money


def trial_balance(
    sums: Sums, loan_id: UUID | None, *, has_memo: bool = True
) -> TrialBalanceResource:
    """Accounts in the chart's order; each balance on the side on which its account grows.

    Args:
        sums: of the accounts that hold anything or once did.
        loan_id: whose, `None` for all loans.
        has_memo: whether ``sums`` has the memo accounts; if not, their totals are left out.
    """
    return TrialBalanceResource(
        loan_id=loan_id,
        accounts=[_account(account, *sums[account]) for account in Account if account in sums],
        on_balance=_book(sums[account] for account in sums if not account.is_memo),
        memo=_book(sums[account] for account in sums if account.is_memo) if has_memo else UNSET,
        difference=_book(sums.values()).difference,
    )


def _account(account: Account, debit: int, credit: int) -> AccountBalanceResource:
    balance = debit - credit if account.is_debit_normal else credit - debit
    return AccountBalanceResource(
        account=account,
        book="memo" if account.is_memo else "on_balance",
        side="debit" if account.is_debit_normal else "credit",
        debit=format_money(debit),
        credit=format_money(credit),
        balance=format_money(balance),
    )


def _book(entries: Iterable[tuple[int, int]]) -> BookResource:
    listed = list(entries)
    debit, credit = sum(one[0] for one in listed), sum(one[1] for one in listed)
    return BookResource(
        debit=format_money(debit),
        credit=format_money(credit),
        difference=format_money(debit - credit),
    )
