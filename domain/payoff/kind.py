"""The kind of stream that a payoff quote is: one event, which is its state."""

from domain.kernel.actors import Actor
from domain.kinds import Kind, Stream
from domain.loans.kind import LOAN
from domain.payoff.events import PayoffQuoted
from domain.payoff.resource import PayoffQuoteResource, quote_resource


def _first(quote: PayoffQuoted | None, event: PayoffQuoted) -> PayoffQuoted:
    if quote is not None:
        raise ValueError("a quote is given once")
    return event


def _shown(quote: PayoffQuoted, _: Actor) -> PayoffQuoteResource:
    return quote_resource(quote)


def _loan(quote: PayoffQuoted) -> tuple[Stream, ...]:
    return (Stream(LOAN, quote.loan_id),)


PAYOFF_QUOTE = Kind(
    name="payoff quote",
    state=PayoffQuoted,
    evolve=_first,
    begins_with=(PayoffQuoted,),
    resource=_shown,
    refs=_loan,
)
