"""Journal entries. They are built from transfers only, so none can be unbalanced."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from domain.events.catalogue import Event
from domain.ledger.accounts import Account


class Posting(Struct, frozen=True):
    """One line of an entry, in whole cents; exactly one side is above zero."""

    account: Account
    debit_cents: int = 0
    credit_cents: int = 0

    def __post_init__(self) -> None:
        debit, credit = self.debit_cents, self.credit_cents
        if not (debit > 0 == credit or credit > 0 == debit):
            raise ValueError(f"a posting has one side, above zero: {self}")


Postings = tuple[Posting, ...]


def transfer(debit: Account, credit: Account, amount_cents: int) -> Postings:
    """Move an amount from one account to another.

    Args:
        debit: the account debited; ``credit`` the one credited, in the same book
            (on-balance or memo).
        amount_cents: whole cents, zero or more; nothing is posted for zero.

    Raises:
        ValueError: the amount is negative or the accounts stand in different books.
    """
    if amount_cents < 0:
        raise ValueError("a transfer is not negative: swap its accounts")
    if debit.is_memo is not credit.is_memo:
        raise ValueError(f"{debit} and {credit} stand in different books")
    if amount_cents == 0:
        return ()
    return (Posting(debit, debit_cents=amount_cents), Posting(credit, credit_cents=amount_cents))


def signed_transfer(debit: Account, credit: Account, amount_cents: int) -> Postings:
    """Move an amount from one account to another or, below zero, back."""
    if amount_cents < 0:
        return transfer(credit, debit, -amount_cents)
    return transfer(debit, credit, amount_cents)


def mirrored(postings: Iterable[Posting]) -> Postings:
    """The entry that undoes another."""
    return tuple(
        Posting(posting.account, posting.credit_cents, posting.debit_cents) for posting in postings
    )


class FinancialEvent(Event):
    """An event that moves money or memo amounts and carries its own balanced postings.

    The postings are part of the fact: changing the rules later cannot rewrite the books.
    """

    __slots__ = ()
    postings: Postings

    def __post_init__(self) -> None:
        assert_balanced(self.postings)


def assert_balanced(postings: Iterable[Posting]) -> None:
    """Check that debits equal credits, on the balance sheet and off it, each by itself.

    Raises:
        ValueError: they do not.
    """
    on_balance = memo = 0
    for posting in postings:
        net = posting.debit_cents - posting.credit_cents
        if posting.account.is_memo:
            memo += net
        else:
            on_balance += net
    if on_balance or memo:
        raise ValueError(f"debits and credits differ by {on_balance} cents, memo by {memo} cents")


Balances = Mapping[Account, int]
"""What each account holds, in cents: positive on the side on which the account grows."""


def post(balances: Balances, postings: Iterable[Posting]) -> dict[Account, int]:
    """The balances after an entry."""
    after = dict(balances)
    for posting in postings:
        net = posting.debit_cents - posting.credit_cents
        if not posting.account.is_debit_normal:
            net = -net
        after[posting.account] = after.get(posting.account, 0) + net
    return after
