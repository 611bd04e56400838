"""What the rules say to a command on a draw: events for the draw and its loan, or a refusal.

What a draw comes to on its loan, and whether the loan allows that, is `checked` in
`domain.draws.approval`; whether the draw is where a command needs it is `check_in`. It is
`domain.decisions` that is asked from outside: it takes the loan out of its file.
"""

from typing import assert_never

from domain.budgets.refusals import LINE_NOT_IN_BUDGET, LINE_TWICE
from domain.draws import conditions, funding
from domain.draws.approval import approve, checked
from domain.draws.commands import (
    ApproveDraw,
    CancelDraw,
    ConfirmFunding,
    CreateDraw,
    DrawCommand,
    FailFunding,
    InitiateFunding,
    OverrideRule,
    RecordChecklistItem,
    RejectDraw,
    ReturnDraw,
    ReviseDraw,
    StartReview,
    SubmitDraw,
    WithdrawDraw,
)
from domain.draws.events import (
    DrawCreated,
    DrawRejected,
    DrawReturned,
    DrawReviewStarted,
    DrawRevised,
    DrawSubmitted,
    DrawWithdrawn,
)
from domain.draws.refusals import (
    APPROVAL_EXCEEDS_REQUEST,
    CERTIFICATE_OF_OCCUPANCY_MISSING,
    CONDITIONAL_WAIVER_MISSING,
    DEPOSIT_EXCEEDS_INVOICE,
    DEPOSIT_EXCEEDS_LINE_SHARE,
    DRAW_ALREADY_APPROVED,
    DRAW_EMPTY,
    DRAW_EXCEEDS_COMMITMENT,
    DRAW_EXCEEDS_LINE,
    DRAW_EXISTS,
    DRAW_NET_NEGATIVE,
    DRAW_NOT_APPROVED,
    DRAW_NOT_DRAFT,
    DRAW_NOT_FUNDING,
    DRAW_NOT_IN_REVIEW,
    DRAW_NOT_SUBMITTED,
    DRAW_PERIOD_AFTER_MATURITY,
    DRAW_PERIOD_BEFORE_CLOSING,
    DRAW_STOPPED,
    FINAL_DRAW_FUNDED,
    FINAL_WAIVER_MISSING,
    FOUR_EYES,
    FUNDED_BEFORE_CLOSING,
    FUNDING_IN_PROGRESS,
    INSPECTION_REQUIRED,
    INSURANCE_EXPIRED,
    LIEN_INTERVENING,
    LINE_NOT_DRAWABLE,
    LOAN_PAST_MATURITY,
    OVERRIDE_NEEDS_ADMIN,
    RELEASE_EXCEEDS_RETAINAGE,
    RELEASE_WITH_WORK,
    RULE_NOT_ON_CHECKLIST,
    TITLE_DATE_DOWN_MISSING,
    UNCONDITIONAL_WAIVER_MISSING,
)
from domain.draws.state import Draw, DrawState, Request
from domain.draws.transitions import check_in
from domain.events.catalogue import Event
from domain.kernel.errors import ID_TAKEN, Refusals
from domain.loans.events import DrawOpened
from domain.loans.refusals import LOAN_NOT_ACTIVE, OUT_OF_BALANCE
from domain.loans.state import Loan

_ASKED = frozenset({LINE_TWICE, LINE_NOT_IN_BUDGET, LINE_NOT_DRAWABLE, DEPOSIT_EXCEEDS_INVOICE})
_FIGURES = frozenset(
    {
        FINAL_DRAW_FUNDED,
        RELEASE_WITH_WORK,
        DEPOSIT_EXCEEDS_LINE_SHARE,
        DRAW_EMPTY,
        DRAW_NET_NEGATIVE,
        DRAW_EXCEEDS_LINE,
        DRAW_EXCEEDS_COMMITMENT,
        RELEASE_EXCEEDS_RETAINAGE,
    }
)
_CHECKED = frozenset(
    {LOAN_NOT_ACTIVE, DRAW_PERIOD_BEFORE_CLOSING, DRAW_PERIOD_AFTER_MATURITY, *_FIGURES}
)
_POLICY = frozenset(
    {
        INSPECTION_REQUIRED,
        OUT_OF_BALANCE,
        CONDITIONAL_WAIVER_MISSING,
        UNCONDITIONAL_WAIVER_MISSING,
        TITLE_DATE_DOWN_MISSING,
        LIEN_INTERVENING,
        INSURANCE_EXPIRED,
        CERTIFICATE_OF_OCCUPANCY_MISSING,
        FINAL_WAIVER_MISSING,
    }
)

REFUSALS: Refusals = {
    CreateDraw: frozenset({DRAW_EXISTS, *_ASKED, *_CHECKED}),
    ReviseDraw: frozenset({DRAW_NOT_DRAFT, *_ASKED, *_CHECKED}),
    SubmitDraw: frozenset({DRAW_NOT_DRAFT, *_CHECKED}),
    StartReview: frozenset({DRAW_NOT_SUBMITTED}),
    ReturnDraw: frozenset({DRAW_NOT_IN_REVIEW}),
    RecordChecklistItem: frozenset({DRAW_NOT_IN_REVIEW, RULE_NOT_ON_CHECKLIST}),
    OverrideRule: frozenset({DRAW_NOT_IN_REVIEW, OVERRIDE_NEEDS_ADMIN}),
    ApproveDraw: frozenset(
        {
            DRAW_NOT_IN_REVIEW,
            DRAW_ALREADY_APPROVED,
            FOUR_EYES,
            APPROVAL_EXCEEDS_REQUEST,
            LINE_TWICE,
            DRAW_STOPPED,
            LOAN_PAST_MATURITY,
            *_CHECKED,
            *_POLICY,
        }
    ),
    RejectDraw: frozenset({DRAW_NOT_SUBMITTED}),
    WithdrawDraw: frozenset({DRAW_NOT_DRAFT}),
    CancelDraw: frozenset({DRAW_NOT_APPROVED}),
    InitiateFunding: frozenset(
        {
            DRAW_NOT_APPROVED,
            LOAN_NOT_ACTIVE,
            DRAW_STOPPED,
            FUNDING_IN_PROGRESS,
            LOAN_PAST_MATURITY,
            *_FIGURES,
            OUT_OF_BALANCE,
            INSURANCE_EXPIRED,
        }
    ),
    ConfirmFunding: frozenset({DRAW_NOT_FUNDING, FUNDED_BEFORE_CLOSING}),
    FailFunding: frozenset({DRAW_NOT_FUNDING}),
}
"""On what grounds each may be refused."""


def create(loan: Loan, draw: Draw | None, command: CreateDraw) -> list[Event]:
    """Draft a draw; it takes the loan's next number.

    Raises:
        Conflict: ``DRAW_EXISTS``, when the id is taken by another request; ``CONFLICT``, when it
            belongs to another loan's draw, which need not be yours.
        RuleBroken: ``LOAN_NOT_ACTIVE``, ``DRAW_PERIOD_BEFORE_CLOSING``,
            ``DRAW_PERIOD_AFTER_MATURITY``, or a limit of `domain.draws.approval.worked_out`.
    """
    if draw is not None:
        if draw.loan_id != loan.loan_id:
            raise ID_TAKEN("This id is taken.")
        asked = Request(command.kind, command.period_to, command.lines, command.payees)
        if draw.original == asked:
            return []
        raise DRAW_EXISTS("A draw with this id asks for something else.")
    application = checked(loan, command.draw_id, command.kind, command.period_to, command.lines)
    number = loan.draws_opened + 1
    return [
        DrawOpened(loan.loan_id, command.draw_id, number),
        DrawCreated(
            loan_id=loan.loan_id,
            draw_id=command.draw_id,
            number=number,
            kind=command.kind,
            period_to=command.period_to,
            requested=command.lines,
            payees=command.payees,
            application=application,
            builder_user_id=loan.terms.builder_user_id,
        ),
    ]


def decide(loan: Loan, draw: Draw, command: DrawCommand) -> list[Event]:  # noqa: C901  # one arm a command
    """Decide any later command.

    Raises:
        RuleBroken: ``DRAW_NOT_<STATE>`` when the draw is not where the command needs it, or the
            code of the rule it breaks.
        NotAllowed: ``OVERRIDE_NEEDS_ADMIN``, where a rule is to be overridden by somebody else.
    """
    loan_id, draw_id = draw.loan_id, draw.draw_id
    match command:
        case ReviseDraw():
            return _revise(loan, draw, command)
        case SubmitDraw():
            if draw.state is DrawState.SUBMITTED:
                return []
            check_in(draw, DrawState.DRAFT, DrawState.RETURNED)
            application = checked(loan, draw_id, draw.kind, draw.period_to, draw.requested)
            return [DrawSubmitted(loan_id, draw_id, command.by, command.on, application)]
        case StartReview():
            if draw.state is DrawState.IN_REVIEW:
                return []
            check_in(draw, DrawState.SUBMITTED)
            return [DrawReviewStarted(loan_id, draw_id)]
        case ReturnDraw():
            if draw.state is DrawState.RETURNED:
                return []
            check_in(draw, DrawState.IN_REVIEW)
            return [DrawReturned(loan_id, draw_id, command.reasons)]
        case RecordChecklistItem():
            return conditions.record(draw, command)
        case OverrideRule():
            return conditions.override(draw, command)
        case ApproveDraw():
            return approve(loan, draw, command)
        case RejectDraw():
            if draw.state is DrawState.REJECTED:
                return []
            check_in(draw, DrawState.SUBMITTED, DrawState.IN_REVIEW)
            return [DrawRejected(loan_id, draw_id, command.reason)]
        case WithdrawDraw():
            if draw.state is DrawState.WITHDRAWN:
                return []
            check_in(draw, DrawState.DRAFT, DrawState.SUBMITTED, DrawState.RETURNED)
            return [DrawWithdrawn(loan_id, draw_id, command.reason)]
        case CancelDraw():
            return funding.cancel(loan, draw, command)
        case InitiateFunding():
            return funding.initiate(loan, draw, command)
        case ConfirmFunding():
            return funding.confirm(loan, draw, command)
        case FailFunding():
            return funding.fail(draw, command)
        case _:
            assert_never(command)


def _revise(loan: Loan, draw: Draw, command: ReviseDraw) -> list[Event]:
    """Change a draft: what is not given stays."""
    check_in(draw, DrawState.DRAFT, DrawState.RETURNED)
    kind = draw.kind if command.kind is None else command.kind
    period_to = draw.period_to if command.period_to is None else command.period_to
    lines = draw.requested if command.lines is None else command.lines
    payees = draw.payees if command.payees is None else command.payees
    if (kind, period_to, lines, payees) == (
        draw.kind,
        draw.period_to,
        draw.requested,
        draw.payees,
    ):
        return []
    application = checked(loan, draw.draw_id, kind, period_to, lines)
    return [DrawRevised(draw.loan_id, draw.draw_id, kind, period_to, lines, payees, application)]
