"""Payoff quotes: what pays a loan off, on a stream whose id follows from the question."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from command_api.answers import Decided, rendered
from command_api.idempotency import Order
from command_api.ledger import Ledger
from command_api.loan_file import decided_on_file, owned
from command_api.unit_of_work import Folded, UnitOfWork
from domain.events.catalogue import Event
from domain.kernel.actors import Actor
from domain.kinds import Stream
from domain.loans.file import LoanFile
from domain.loans.kind import LOAN
from domain.payoff import quotes
from domain.payoff.events import PayoffQuoted, payoff_quote_id
from domain.payoff.kind import PAYOFF_QUOTE


async def quote_payoff(
    ledger: Ledger, loan_id: UUID, order: Order, payoff_on: date, good_through_on: date
) -> Decided:
    """Quote what pays a loan off; the same question on the same loan is the same quote.

    The loan is only read, at the version that ``If-Match`` means and the quote names. A quote that
    is known is not worked out again.

    Raises:
        NotFound: there is no such loan.
    """
    resource = Stream(LOAN, loan_id)

    async def decide_on(work: UnitOfWork) -> Sequence[Event]:
        (found,) = await work.read(resource)
        loan = owned(found, order, "loan")
        version = work.before[loan_id].version
        quote_id = payoff_quote_id(loan_id, version, payoff_on, good_through_on)
        (known,) = await work.read(Stream(PAYOFF_QUOTE, quote_id, begins=True))
        if known is not None:
            return []

        def decide_file(file: LoanFile) -> Sequence[Event]:
            return [quotes.quote(file, version, payoff_on, good_through_on)]

        return await decided_on_file(work, loan, decide_file, since=loan.open_month)

    return await ledger.carry_out(loan_id, resource, order, decide_on, show=_quote_shown)


def _quote_shown(_: Stream, after: Mapping[UUID, Folded], viewer: Actor) -> bytes:
    quoted = next(each for each in after.values() if isinstance(each.state, PayoffQuoted))
    return rendered(PAYOFF_QUOTE.resource(quoted.state, viewer), quoted.version)
