"""A long history of any loan, without a state machine: the same steps, taken at random."""

from random import Random

from tests.domain.any_terms import DRAWN, planned
from tests.domain.test_any_loan import AnyLoan


def walked(seed: int, events_min: int, *, reversals: bool = True) -> AnyLoan:
    """A loan with at least so many events, the same for the same seed."""
    chance = Random(seed)
    office = AnyLoan()
    office.close(plan=planned(days=700))
    while len(office.desk.journal) < events_min:
        step(office, chance, reversals)
        office.agrees()
    return office


def step(office: AnyLoan, chance: Random, reversals: bool) -> None:
    """One step."""
    back = chance.choice([0, 0, 1, 5, 31])
    match chance.randrange(9):
        case 0 | 1:
            office.close_business(chance.choice([1, 3, 10, 28]))
        case 2:
            asked = {code: (chance.randrange(25), chance.randrange(10), 0) for code in DRAWN}
            office.begin_draw(office.count + 100, asked, 6, back)
            office.fresh()
        case 3:
            office.pay_interest(back, 100)
        case 4:
            office.pay(chance.randrange(1, 300_000), back)
        case 5:
            office.assess_fee(chance.randrange(1, 100_000), back)
        case 6:
            office.protect(chance.randrange(1, 100_000), back)
        case 7:
            office.deposit(chance.randrange(1, 100_000), back)
        case _:
            if reversals:
                office.reverse(chance.randrange(40), back)
