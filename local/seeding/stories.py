"""What becomes of a loan, and of its last draw: the cards that a portfolio is dealt from.

Every eighty loans are one deck, so a portfolio holds every story in a lender's proportions however
the dice fall.
"""

from dataclasses import dataclass
from enum import Enum, auto


class Story(Enum):
    """What becomes of a loan."""

    DRAFT = auto()
    SUBMITTED = auto()
    APPROVED = auto()
    DECLINED = auto()
    WITHDRAWN = auto()
    BUILDING = auto()
    PAYING = auto()
    PAYING_LATE = auto()
    PAST_DUE = auto()
    DEFAULTED = auto()
    NONACCRUAL = auto()
    CURED = auto()
    FLOATING = auto()
    MATURED = auto()
    EXTENDED = auto()
    SHARED = auto()
    PROTECTED = auto()
    CORRECTED = auto()
    OUT_OF_BALANCE = auto()
    REBUDGETED = auto()
    FINISHED = auto()
    PAID_OFF = auto()
    CHARGED_OFF = auto()


class Fate(Enum):
    """How far a draw gets."""

    DRAFT = auto()
    SUBMITTED = auto()
    IN_REVIEW = auto()
    RETURNED = auto()
    REJECTED = auto()
    WITHDRAWN = auto()
    APPROVED = auto()
    CANCELLED = auto()
    FUNDING = auto()
    WIRE_FAILED = auto()
    FUNDED = auto()


@dataclass(frozen=True, slots=True)
class Card:
    """One loan of the deck.

    Attributes:
        fate: of the draw that is under way.
        behind_days: since when, about, it has not paid its bills; zero if it has.
    """

    story: Story
    fate: Fate = Fate.FUNDED
    behind_days: int = 0


_BEFORE_CLOSING = (
    (Story.DRAFT, 3), (Story.SUBMITTED, 3), (Story.APPROVED, 3), (Story.DECLINED, 2),
    (Story.WITHDRAWN, 2),
)  # fmt: skip
_UNDER_WAY = (
    (Fate.SUBMITTED, 5), (Fate.IN_REVIEW, 4), (Fate.APPROVED, 3), (Fate.FUNDED, 3),
    (Fate.FUNDING, 2), (Fate.RETURNED, 2), (Fate.DRAFT, 2), (Fate.REJECTED, 1),
    (Fate.WITHDRAWN, 1), (Fate.CANCELLED, 1), (Fate.WIRE_FAILED, 1),
)  # fmt: skip
_SERVICED = (
    (Card(Story.PAYING), 4), (Card(Story.PAYING, Fate.SUBMITTED), 2), (Card(Story.PAYING_LATE), 3),
    (Card(Story.PAST_DUE, behind_days=15), 1), (Card(Story.PAST_DUE, behind_days=45), 1),
    (Card(Story.PAST_DUE, behind_days=75), 1), (Card(Story.PAST_DUE, behind_days=110), 1),
    (Card(Story.DEFAULTED, behind_days=120), 1), (Card(Story.NONACCRUAL, behind_days=150), 1),
    (Card(Story.CURED, behind_days=170), 1), (Card(Story.FLOATING), 3), (Card(Story.MATURED), 2),
    (Card(Story.EXTENDED), 2), (Card(Story.SHARED, Fate.APPROVED), 3), (Card(Story.PROTECTED), 2),
    (Card(Story.CORRECTED), 2), (Card(Story.OUT_OF_BALANCE), 2), (Card(Story.REBUDGETED), 2),
    (Card(Story.FINISHED), 3), (Card(Story.PAID_OFF), 4),
    (Card(Story.CHARGED_OFF, behind_days=180), 1),
)  # fmt: skip
DECK = (
    *(Card(Story.BUILDING, fate) for fate, count in _UNDER_WAY for _ in range(count)),
    *(card for card, count in _SERVICED for _ in range(count)),
    *(Card(story) for story, count in _BEFORE_CLOSING for _ in range(count)),
)

# Has no factor in common with the deck's size, so it walks through all of it, and a few loans are
# of different kinds already.
_STRIDE = 37


def deal(number: int) -> Card:
    """The card of a loan, by its place in the portfolio from 0."""
    return DECK[number * _STRIDE % len(DECK)]
