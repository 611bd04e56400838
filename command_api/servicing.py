"""Commands on a loan with its months."""

from uuid import UUID

from command_api.answers import Decided
from command_api.idempotency import Order
from command_api.ledger import Ledger
from domain.servicing.commands import ServicingCommand
from domain.servicing.decide import decide


async def service(
    ledger: Ledger, loan_id: UUID, order: Order, command: ServicingCommand
) -> Decided:
    """Carry out a servicing command on a loan.

    Raises:
        NotFound: there is no such loan.
    """
    return await ledger.on_file(loan_id, order, lambda file: decide(file, command))
