"""A draw as JSON shows it, with its G702 and G703 figures."""

from datetime import date
from uuid import UUID

from domain.draws.checklist import Checklist
from domain.draws.events import ChecklistItem, ChecklistRule, ChecklistStatus, DrawKind
from domain.draws.g702 import ApplicationLine
from domain.draws.state import Draw, DrawState
from domain.kernel.money import format_money
from domain.kernel.resource import Money, Resource


class DrawLineResource(Resource):
    """A budget line on a draw, in the columns of the G703; ``i`` is the retainage."""

    line_id: UUID
    b: Money
    d: Money
    e: Money
    f: Money
    g: Money
    h: Money
    i: Money
    net: Money
    retainage_release: Money


class ChecklistDocumentResource(Resource):
    """A document that a rule of the loan's policy asks for."""

    payee: str | None
    status: ChecklistStatus
    document_id: UUID | None
    through_date: date | None
    expires_on: date | None
    lien: bool | None


class ChecklistEntryResource(Resource):
    """A rule of the loan's policy on a draw: its documents, and who excused the draw from it."""

    rule: ChecklistRule
    status: ChecklistStatus | None
    overridden: bool
    override_reason: str | None
    overridden_by: UUID | None
    documents: list[ChecklistDocumentResource]


class PayeeResource(Resource):
    """Somebody whom a draw pays."""

    name: str
    amount: Money | None


class DrawResource(Resource):
    """A request for money on a loan; ``l4`` to ``l9`` are the lines of the G702."""

    id: UUID
    loan_id: UUID
    number: int
    state: DrawState
    kind: DrawKind
    period_to: date
    builder_user_id: UUID | None
    lines: list[DrawLineResource]
    l4: Money
    l5: Money
    l6: Money
    l7: Money
    l8: Money
    l9: Money
    net: Money
    checklist: list[ChecklistEntryResource]
    payees: list[PayeeResource]
    submitted_by: UUID | None
    first_submitted_on: date | None
    approved_by: UUID | None
    wire_ref: str | None
    funded_on: date | None
    reversed_on: date | None
    times_returned: int
    reason: str | None
    version: int = 0


def draw_resource(draw: Draw) -> DrawResource:
    """The draw as it stands."""
    application, totals = draw.application, draw.application.totals()
    return DrawResource(
        id=draw.draw_id,
        loan_id=draw.loan_id,
        number=draw.number,
        state=draw.state,
        kind=draw.kind,
        period_to=draw.period_to,
        builder_user_id=draw.builder_user_id,
        lines=[_line(line) for line in application.lines],
        l4=format_money(totals.l4_cents),
        l5=format_money(totals.l5_cents),
        l6=format_money(totals.l6_cents),
        l7=format_money(totals.l7_cents),
        l8=format_money(totals.l8_cents),
        l9=format_money(totals.l9_cents),
        net=format_money(totals.l8_cents),
        checklist=_checklist(draw),
        payees=[
            PayeeResource(
                name=payee.name,
                amount=None if payee.amount_cents is None else format_money(payee.amount_cents),
            )
            for payee in draw.payees
        ],
        submitted_by=draw.submitted_by,
        first_submitted_on=draw.first_submitted_on,
        approved_by=draw.approved_by,
        wire_ref=draw.wire_ref,
        funded_on=draw.funded_on,
        reversed_on=draw.reversed_on,
        times_returned=draw.times_returned,
        reason=draw.reason,
    )


def _checklist(draw: Draw) -> list[ChecklistEntryResource]:
    """The rules that a loan's policy may hold a draw to; only a final one needs final waivers.

    Most draws are shown before anything is recorded on it, so what that looks like is kept.
    """
    is_final = draw.kind is DrawKind.FINAL
    if draw.checklist == _NOTHING:
        return _BLANK[is_final]
    return [_rule(draw.checklist, rule) for rule in _RULES[is_final]]


def _rule(checklist: Checklist, rule: ChecklistRule) -> ChecklistEntryResource:
    """A rule with its documents; progress and balance have none here, the loan holds them."""
    items = [item for item in checklist.items if item.rule is rule]
    override = next((each for each in checklist.overrides if each.rule is rule), None)
    return ChecklistEntryResource(
        rule=rule,
        status=_status(rule, items),
        overridden=override is not None,
        override_reason=None if override is None else override.reason,
        overridden_by=None if override is None else override.overridden_by,
        documents=[
            ChecklistDocumentResource(
                payee=item.payee,
                status=item.status,
                document_id=item.document_id,
                through_date=item.through_on,
                expires_on=item.expires_on,
                lien=item.lien,
            )
            for item in items
        ],
    )


def _status(rule: ChecklistRule, items: list[ChecklistItem]) -> ChecklistStatus | None:
    """Accepted when all of its documents are, rejected when one is."""
    if rule in (ChecklistRule.INSPECTION, ChecklistRule.IN_BALANCE):
        return None
    statuses = {item.status for item in items}
    if ChecklistStatus.REJECTED in statuses:
        return ChecklistStatus.REJECTED
    accepted = statuses == {ChecklistStatus.ACCEPTED}
    return ChecklistStatus.ACCEPTED if accepted else ChecklistStatus.PENDING


_RULES: dict[bool, list[ChecklistRule]] = {
    False: [rule for rule in ChecklistRule if rule is not ChecklistRule.FINAL_WAIVER],
    True: list(ChecklistRule),
}
_NOTHING = Checklist()
_BLANK = {is_final: [_rule(_NOTHING, rule) for rule in rules] for is_final, rules in _RULES.items()}


def _line(line: ApplicationLine) -> DrawLineResource:
    return DrawLineResource(
        line_id=line.line_id,
        b=format_money(line.b_cents),
        d=format_money(line.d_cents),
        e=format_money(line.e_cents),
        f=format_money(line.f_cents),
        g=format_money(line.g_cents),
        h=format_money(line.h_cents),
        i=format_money(line.i_cents),
        net=format_money(line.net_cents),
        retainage_release=format_money(line.released_cents),
    )
