"""Money is a whole number of cents; as text it has exactly two decimals."""

import re
from functools import lru_cache

MONEY_CENTS_MAX = 10**13  # a hundred billion in the lender's currency, far beyond any one loan
AMOUNTS_KEPT_MAX = 4096
"""That are kept as they were read or written: most that a loan shows are zero, or shown twice."""

_MONEY = re.compile(r"-?(0|[1-9][0-9]{0,10}|100000000000)\.[0-9]{2}")


@lru_cache(maxsize=AMOUNTS_KEPT_MAX)
def parse_money(text: str) -> int:
    """Read an amount such as ``"147000.00"``.

    Returns:
        Whole cents; nothing is ever rounded on the way in.

    Raises:
        ValueError: it has not exactly two decimals, leads with zeros or a plus, or exceeds
            ``MONEY_CENTS_MAX``.
    """
    if not _MONEY.fullmatch(text):
        raise ValueError('an amount is written with exactly two decimals, such as "147000.00"')
    cents = int(text.replace(".", ""))
    if abs(cents) > MONEY_CENTS_MAX:
        raise ValueError("the amount is larger than any this ledger keeps")
    return cents


@lru_cache(maxsize=AMOUNTS_KEPT_MAX)
def format_money(cents: int) -> str:
    """Write whole cents with exactly two decimals: ``14700000`` is ``"147000.00"``."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02d}"
