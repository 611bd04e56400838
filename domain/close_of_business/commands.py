"""The end of a business day."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class CloseBusiness:
    """Accrue to, excluding, a date; on the 1st capitalise and bill; mature, charge late, age."""

    business_on: date
