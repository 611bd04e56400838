"""What is owed on a day, in the order in which money pays it; payoffs and late charges."""

from datetime import date
from fractions import Fraction

from tests.model.arithmetic import DAY, counts_on, q
from tests.model.loan import CONTRACT, DEFAULT, KINDS, NONACCRUAL, Fee, Model, Moved, Paid

What = tuple[object, ...]


def paid_on(model: Model, what: What) -> int:
    """All that was paid on something and not taken back."""
    return sum(part.cents for part in model.paid if part.what == what)


def unpaid_interest(model: Model, until: date) -> dict[date, dict[str, int]]:
    """What is owed of every month's interest accrued to, excluding, a day."""
    unpaid = {}
    for first, month in model.walk(until).months.items():
        left = {
            kind: month.accrued[kind] - paid_on(model, ("month", first, kind)) for kind in KINDS
        }
        left[CONTRACT] -= month.capitalised
        unpaid[first] = left
    return unpaid


def unpaid_fee(model: Model, name: str) -> int:
    """What is owed of a fee."""
    fee = model.fees[name]
    return fee.cents - fee.waived - paid_on(model, ("fee", name))


def unapplied(model: Model) -> int:
    """Money received that has paid nothing yet."""
    return sum(cents for _, cents in model.received.values()) - sum(
        part.cents for part in model.paid
    )


def owed(model: Model, on: date) -> list[tuple[What, int]]:
    """Everything owed, in the order in which money received on a day pays it."""
    things: list[tuple[What, int]] = []
    for name, (_, cents) in model.protective.items():
        things.append((("protective", name), cents - paid_on(model, ("protective", name))))
    by_age = sorted(model.fees.items(), key=lambda item: (item[1].month is None, item[1].on))
    for name, _ in by_age:
        things.append((("fee", name), unpaid_fee(model, name)))
    months = sorted(unpaid_interest(model, on).items())
    order = (
        (CONTRACT, DEFAULT)
        if model.fault == "interest before default interest"
        else (
            DEFAULT,
            CONTRACT,
        )
    )
    for kind in (*order, NONACCRUAL):
        for first, left in months:
            things.append((("month", first, kind), max(0, left[kind])))
    things.append((("principal",), max(0, model.walk(on).principal)))
    return things


def pay(model: Model, name: str, on: date, cents: int) -> list[tuple[What, int]]:
    """Receive money and pay what is owed with it and with what was left over before."""
    model.received[name] = (on, cents)
    rest = unapplied(model)
    met = []
    for what, amount in owed(model, on):
        part = min(rest, amount)
        if part > 0:
            met.append((what, part))
            model.paid.append(Paid(on, what, part))
            rest -= part
    return met


def take_back(model: Model, met: list[tuple[What, int]], name: str, on: date) -> None:
    """A payment came back on a day: what it paid is owed again from then on."""
    model.received[f"{name} came back"] = (on, -model.received[name][1])
    for what, cents in met:
        model.paid.append(Paid(on, what, -cents))


def late_charge(model: Model, unpaid: int) -> int:
    """The charge for a bill that is late."""
    return q(model.late_rate * unpaid, model.rounding)


def charge_what_is_late(model: Model, on: date) -> None:
    """On this day, charge once for every bill that is unpaid after its days of grace."""
    charged = {fee.month for fee in model.fees.values()}
    for first, month in model.walk(on).months.items():
        if month.due_on is None or first in charged:
            continue
        if (on - month.due_on).days > model.grace_days:
            left = unpaid_interest(model, on)[first]
            cents = late_charge(model, max(0, left[CONTRACT]) + max(0, left[DEFAULT]))
            if cents:
                model.fees[f"late {first}"] = Fee(on, cents, first)


def payoff(model: Model, on: date, *, after_cut_off: bool = False) -> dict[str, int]:
    """What pays the loan off on a day, or on the business day on which that counts."""
    day = counts_on(on, after_cut_off=after_cut_off)
    figures = {
        "principal": model.walk(day).principal,
        "interest": sum(sum(left.values()) for left in unpaid_interest(model, day).values()),
        "fees": sum(unpaid_fee(model, name) for name in model.fees),
        "protective": sum(
            cents - paid_on(model, ("protective", name))
            for name, (_, cents) in model.protective.items()
        ),
        "unapplied": unapplied(model),
    }
    figures["total"] = sum(figures.values()) - 2 * figures["unapplied"]
    return figures


def per_diem(model: Model, on: date) -> Fraction:
    """What a day like this one bears, in exact cents."""
    principal = model.walk(on).principal
    rate = model.rate_on(on)
    if any(span.holds(on) for span in model.defaults):
        rate += model.margin
    days = {"ACT_365F": 365, "ACT_ACT": (date(on.year + 1, 1, 1) - date(on.year, 1, 1)).days}
    return principal * rate / days.get(model.day_count, 360)


def flat_days_left(model: Model, on: date, reserve: int) -> Fraction:
    """How many days the reserve lasts if nothing changes."""
    return reserve / per_diem(model, on)


def exhausted_on(model: Model, on: date, reserve: int, draws: list[Moved]) -> date:
    """The first day on which the interest since the last capitalisation exceeds the reserve."""
    model.moved.extend(draws)
    day = on
    while True:
        day += DAY
        walk = model.walk(day)
        if day.day == 1:
            model.room[(day - DAY).replace(day=1)] = reserve
            month = model.walk(day).months[(day - DAY).replace(day=1)]
            reserve -= month.capitalised
            continue
        month = walk.months[(day - DAY).replace(day=1)]
        if month.accrued[CONTRACT] > reserve:
            return day - DAY
