"""What is owed on a day, in the order in which money pays it; payoffs and late charges."""

from datetime import date
from fractions import Fraction

from tests.model.arithmetic import DAY, counts_on, first_of_next_month, q
from tests.model.loan import (
    CONTRACT,
    DEFAULT,
    KINDS,
    NONACCRUAL,
    Fee,
    Model,
    Month,
    Moved,
    Paid,
    Received,
)

What = tuple[object, ...]


def paid_on(model: Model, what: What) -> int:
    """All that was paid on something and not taken back."""
    return sum(part.cents for part in model.paid if part.what == what)


def unpaid_interest(model: Model, until: date) -> dict[date, dict[str, int]]:
    """What is owed of every month's interest accrued to, excluding, a day."""
    return unpaid_of(model, model.walk(until).months)


def unpaid_of(model: Model, months: dict[date, Month]) -> dict[date, dict[str, int]]:
    """What is owed of some months' interest."""
    unpaid = {}
    for first, month in months.items():
        left = {
            kind: month.accrued[kind] - paid_on(model, ("month", first, kind)) for kind in KINDS
        }
        left[CONTRACT] -= month.capitalised
        unpaid[first] = left
    return unpaid


def behind(model: Model, on: date) -> dict[date, dict[str, int]]:
    """What of every bill was not paid and is more than the lender has lying unapplied."""
    cash = 0 if model.fault == "cash lying with the lender covers nothing" else unapplied(model)
    bills: dict[date, dict[str, int]] = {}
    for first, left in sorted(unpaid_interest(model, on).items()):
        if first in model.room_then:
            bills[first] = {}
            for kind in (DEFAULT, CONTRACT, NONACCRUAL):
                part = max(0, left[kind])
                bills[first][kind] = max(0, part - cash)
                cash = max(0, cash - part)
    return bills


def unpaid_fee(model: Model, name: str) -> int:
    """What is owed of a fee."""
    fee = model.fees[name]
    return fee.cents - fee.waived - paid_on(model, ("fee", name))


def unpaid_protective(model: Model) -> int:
    """What is owed of all protective advances."""
    return sum(
        cents - paid_on(model, ("protective", name))
        for name, (_, cents) in model.protective.items()
    )


def deposits_left(model: Model) -> int:
    """What the borrower paid in that has paid for no draw."""
    return sum(model.deposits.values()) - sum(model.deposits_used.values())


def days_past_due(model: Model, on: date, maturity_on: date) -> int:
    """The days since the oldest unpaid bill, or principal at maturity, fell due."""
    due = [
        first_of_next_month(first)
        for first, left in behind(model, on).items()
        if any(left.values())
    ]
    if maturity_on < on and model.walk(on).principal > 0:
        due.append(maturity_on)
    return (on - min(due, default=on)).days


def bucket(days: int) -> str:
    """The name of a number of days past due."""
    if days >= 90:
        return "90+"
    if days >= 60:
        return "60-89"
    if days >= 30:
        return "30-59"
    return "1-29" if days else "CURRENT"


def extension_fee(model: Model, rate: Fraction) -> int:
    """What an option costs."""
    return q(model.commitment * rate, model.rounding)


def unapplied(model: Model) -> int:
    """Money received that has paid nothing yet."""
    received = sum(it.cents for it in model.received.values() if it.back_on is None)
    return received - sum(part.cents for part in model.paid)


def unapplied_on(model: Model, on: date) -> int:
    """What of it had come in by a day, and nothing that came in later was paid with."""
    held = unapplied(model)
    stand = [it for it in model.received.values() if it.back_on is None]
    if all(it.on <= on for it in stand):
        return held
    left = sum(it.cents - sum(cents for _, cents in it.met) for it in stand if it.on <= on)
    return max(0, min(held, left))


def owed(model: Model, on: date) -> list[tuple[What, int]]:
    """Everything owed on a day, in the order in which money received on it pays."""
    things: list[tuple[What, int]] = []
    for name, (since, cents) in model.protective.items():
        if since <= on:
            things.append((("protective", name), cents - paid_on(model, ("protective", name))))
    by_age = sorted(model.fees.items(), key=lambda item: (item[1].month is None, item[1].on))
    for name, fee in by_age:
        if fee.on <= on:
            things.append((("fee", name), unpaid_fee(model, name)))
    months = sorted(unpaid_interest(model, on).items())
    for kind in (DEFAULT, CONTRACT, NONACCRUAL):
        for first, left in months:
            things.append((("month", first, kind), max(0, left[kind])))
    return things


def lowest_principal(model: Model, on: date) -> int:
    """The least principal at the end of a day and of every later one on which it moves."""
    days = {on, *(move.on for move in model.moved), *(part.on for part in model.paid)}
    days |= {first_of_next_month(first) for first in model.room_then}
    return min(model.walk(day).principal for day in days if day >= on)


def pay(model: Model, name: str, on: date, cents: int) -> list[tuple[What, int]]:
    """Receive money and pay what is owed with it and with what was left over before.

    What it saves in interest may have become principal that was repaid since: so much of it pays
    nothing, lest principal be below zero on some day.
    """
    spent = cents + unapplied_on(model, on)
    things = [*owed(model, on), (("principal",), max(0, lowest_principal(model, on)))]
    floor = min(0, lowest_principal(model, on))
    while True:
        met = met_by(spent, things)
        paid = [Paid(on, what, part) for what, part in met]
        model.paid.extend(paid)
        too_much = floor - lowest_principal(model, on)
        if too_much <= 0:
            break
        del model.paid[len(model.paid) - len(paid) :]
        spent = max(0, sum(part for _, part in met) - too_much)
    model.received[name] = Received(on, cents, met)
    return met


def met_by(cents: int, things: list[tuple[What, int]]) -> list[tuple[What, int]]:
    """What an amount pays, in order."""
    met = []
    for what, amount in things:
        part = min(cents, amount)
        if part > 0:
            met.append((what, part))
            cents -= part
    return met


def take_back(model: Model, name: str, on: date) -> None:
    """A payment came back on a day: what it paid is owed again from then on."""
    received = model.received[name]
    received.back_on = on
    for what, cents in received.met:
        # What was credited of it since is not owed again.
        still = min(cents, max(0, paid_on(model, what))) if what[0] == "month" else cents
        model.paid.append(Paid(on, what, -still))


def late_charge(model: Model, unpaid: int) -> int:
    """The charge for a bill that is late."""
    return q(model.late_rate * unpaid, model.rounding)


def close_business(model: Model, after: date, through: date) -> None:
    """Close every day after one through another: months fall due, and what is late is charged.

    What was learnt since the last close makes a bill late as of that close.
    """
    charge_what_is_late(model, after)
    day = after
    while day < through:
        day += DAY
        if day.day == 1:
            months = model.walk(day).months
            month = months[(day - DAY).replace(day=1)]
            model.room_then[month.first] = month.room
            then = {first: earlier.capitalised for first, earlier in months.items()}
            model.capitalised_then[month.first] = then
        # Between those days nothing that is owed changes, so nothing more can be late.
        graces = (
            first_of_next_month(first) + (model.grace_days + 1) * DAY for first in model.room_then
        )
        if day in graces:
            charge_what_is_late(model, day)


def credit(model: Model, through: date) -> None:
    """Interest that was paid and turns out not to be owed is unapplied cash again."""
    for first, left in unpaid_interest(model, through).items():
        for kind in KINDS:
            what = ("month", first, kind)
            over = min(paid_on(model, what), -left[kind])
            if over > 0:
                model.paid.append(Paid(through, what, -over))


def charge_what_is_late(model: Model, on: date) -> None:
    """On this day, charge once for every bill that is unpaid after its days of grace."""
    for first, left in behind(model, on).items():
        overdue = (on - first_of_next_month(first)).days
        if first in model.charged or overdue <= model.grace_days:
            continue
        cents = late_charge(model, left[CONTRACT] + left[DEFAULT])
        if cents:
            model.fees[f"late {first}"] = Fee(on, cents, first)
            model.charged.add(first)


def payoff(model: Model, on: date, *, after_cut_off: bool = False) -> dict[str, int]:
    """What pays the loan off on a day, or on the business day on which that counts."""
    day = counts_on(on, after_cut_off=after_cut_off)
    figures = {
        "principal": model.walk(day).principal,
        "interest": sum(sum(left.values()) for left in unpaid_interest(model, day).values()),
        "fees": sum(unpaid_fee(model, name) for name in model.fees),
        "protective": unpaid_protective(model),
        "unapplied": unapplied(model),
    }
    figures["total"] = sum(figures.values()) - 2 * figures["unapplied"]
    if model.fault == "unused reserve is a credit":
        months = model.walk(day).months.values()
        figures["total"] -= max(0, model.room() - sum(month.capitalised for month in months))
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


def exhausted_on(model: Model, on: date, draws: list[Moved]) -> date:
    """The first day on which the interest since the last capitalisation exceeds the reserve."""
    model.moved.extend(draws)
    day = on
    while True:
        months = model.walk(day + DAY).months
        this = months.pop(day.replace(day=1))  # on the last day of a month it has just fallen due
        left = model.room() - sum(month.capitalised for month in months.values())
        if this.accrued[CONTRACT] > left:
            return day
        day += DAY
