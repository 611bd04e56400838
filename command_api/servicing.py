"""Commands on a loan with its months."""

from uuid import UUID

from command_api.answers import Decided
from command_api.idempotency import Order
from command_api.ledger import Ledger
from domain.decisions import FileCommand, decide


async def service(ledger: Ledger, loan_id: UUID, order: Order, command: FileCommand) -> Decided:
    """Carry out a command on a loan and its months.

    Raises:
        NotFound: there is no such loan.
    """
    return await ledger.on_file(loan_id, order, lambda file: decide(file, command))
