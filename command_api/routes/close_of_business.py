"""Close of business over HTTP, for one loan or for all."""

from datetime import date
from uuid import UUID

from command_api.answers import AnswersByKey
from command_api.close_of_business import Closed, close_all, close_loans
from command_api.idempotency import Order
from command_api.ledger import Ledger
from domain.access import Right
from domain.kernel.errors import NotFound
from domain.kernel.resource import Resource
from domain.loans.events import LoanOriginated
from runtime.http import Answer, Body, Call, IsoDate, Router, example
from runtime.ids import new_id
from runtime.problems import Unavailable

router = Router("close of business")


class NotClosedResource(Resource):
    """A loan whose day could not be closed, and why."""

    loan_id: UUID
    number: str | None
    code: str
    message: str


class CloseOfBusinessResource(Resource):
    """What closing a day came to."""

    business_date: date
    loans: int
    changed: int
    unchanged: int
    events: int
    failed: list[NotClosedResource]


_CLOSED = CloseOfBusinessResource(
    business_date=date(2025, 5, 1),
    loans=412,
    changed=411,
    unchanged=0,
    events=1644,
    failed=[
        NotClosedResource(
            loan_id=UUID("01948f6e-7d0a-7c3e-9b1f-2f4c8a6e5d10"),
            number="L-000051",
            code="INTERNAL",
            message="OverflowError: date value out of range",
        )
    ],
)


class CloseOfBusinessBody(Body):
    """Which day's business is closed, for one loan or for all."""

    model_config = example({"business_date": "2025-05-01"})

    business_date: IsoDate
    loan_id: UUID | None = None


@router.post(
    "/close-of-business",
    "close_business",
    right=Right.LOANS_SERVICE,
    example=_CLOSED,
    may_miss=True,
)
async def close_business(
    body: CloseOfBusinessBody, call: Call, ledger: Ledger, answers: AnswersByKey
) -> Answer:
    """Close a day's business.

    Every live loan accrues to, excluding, the date; on the first of a month its interest is
    capitalised or billed; loans mature, are charged for what is late, and age. Days that were missed
    are caught up in order, and a day that is closed already changes nothing. A loan that cannot be
    closed is listed, and stops no other. While the store is away the whole is answered 503: repeated
    with its key, it closes those that are left.
    """

    def next_order() -> Order:
        return Order(
            call.actor,
            new_id(),
            call.payload_hash,
            call.correlation_id,
            body.business_date,
            may_be_repeat=False,
        )

    async def close() -> Answer:
        if body.loan_id is None:
            closed = await close_all(ledger, body.business_date, next_order)
        else:
            await _check_loan(ledger, body.loan_id)
            closed = await close_loans(ledger, [body.loan_id], body.business_date, next_order)
        if any(failed.code == "UNAVAILABLE" for failed in closed.failed):
            # This answer would be kept for repeats, and of a loan that may be closed say it is not.
            raise Unavailable("Whether every loan was closed is not known; repeat it with its key.")
        return Answer(_shown(body.business_date, closed), position=closed.position)

    return await answers.once(call, 200, close)


async def _check_loan(ledger: Ledger, loan_id: UUID) -> None:
    first = await ledger.reader.stream(loan_id, to_version=1)
    if not first or not isinstance(first[0].event, LoanOriginated):
        raise NotFound("loan")


def _shown(business_on: date, closed: Closed) -> CloseOfBusinessResource:
    return CloseOfBusinessResource(
        business_date=business_on,
        loans=closed.loans,
        changed=closed.changed,
        unchanged=closed.unchanged,
        events=closed.events,
        failed=[
            NotClosedResource(
                loan_id=failed.loan_id,
                number=failed.number,
                code=failed.code,
                message=failed.message,
            )
            for failed in closed.failed
        ],
    )
