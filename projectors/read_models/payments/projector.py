"""From the receipt, the application and the reversal of a payment to its row."""

from collections.abc import Mapping, Sequence
from typing import cast
from uuid import UUID

from msgspec import Struct

from domain.events.envelope import Recorded
from domain.kernel.resource import resource_json
from domain.kernel.values import replace
from domain.receivables.events import PaymentApplied, PaymentReceived, PaymentReversed
from domain.receivables.resource import loan_payment_resource
from domain.receivables.state import Payment
from projectors.engine.projection import Counters, FoldedRows, Key, Projection, RowValues
from projectors.read_models.payments.table import PAYMENT_TOTALS
from projectors.read_models.payments.table import PAYMENTS as TABLE
from runtime.values import json_reader, to_json

PaymentEvent = PaymentReceived | PaymentApplied | PaymentReversed

_read_payment = json_reader(Payment)


class HeldPayment(Struct, frozen=True):
    """A payment, whose it is, and where in the log it came in."""

    loan_id: UUID
    payment: Payment
    position: int
    partition: int


def _keys(recorded: Recorded) -> Sequence[Key]:
    event = recorded.event
    return ((event.payment_id, event.loan_id),) if isinstance(event, PaymentEvent) else ()


def _fold(held: HeldPayment | None, recorded: Recorded, _key: Key) -> HeldPayment:
    event = cast(PaymentEvent, recorded.event)
    if isinstance(event, PaymentReceived):
        payment = Payment(
            event.payment_id,
            event.amount_cents,
            event.received_on,
            event.method,
            event.external_ref,
        )
        return HeldPayment(event.loan_id, payment, recorded.position, recorded.partition)
    if held is None:
        raise ValueError(f"{recorded.type} cannot begin a payment")
    if isinstance(event, PaymentApplied):
        applied = replace(held.payment, allocations=event.allocations, applied_on=event.applied_on)
        return replace(held, payment=applied)
    return replace(held, payment=replace(held.payment, reversed_on=event.reversed_on))


def _load(row: RowValues) -> HeldPayment:
    payment = _read_payment(row["folded"])
    return HeldPayment(row["loan_id"], payment, row["position"], row["partition"])


def _dump(held: HeldPayment) -> RowValues:
    payment = held.payment
    body = loan_payment_resource(held.loan_id, payment)
    return {
        "payment_id": payment.payment_id,
        "loan_id": held.loan_id,
        "partition": held.partition,
        "position": held.position,
        "received_on": payment.received_on,
        "reversed_on": payment.reversed_on,
        "amount_cents": payment.amount_cents,
        "folded": to_json(payment).decode(),
        "body": resource_json(body).decode(),
    }


def _totals(row: RowValues) -> Mapping[Key, Sequence[int]]:
    is_reversed = int(row["reversed_on"] is not None)
    return {(is_reversed, row["partition"]): (1, row["amount_cents"])}


PAYMENTS = Projection(
    "payments",
    (FoldedRows(TABLE, _keys, _fold, _load, _dump, (Counters(PAYMENT_TOTALS, _totals),)),),
    reads=PaymentEvent,
)
