"""A draw as JSON shows it, with its G702 and G703 figures."""

from typing import Any

from domain.draws.checklist import Checklist
from domain.draws.events import ChecklistItem, ChecklistRule, ChecklistStatus, DrawKind
from domain.draws.g702 import ApplicationLine, RequestedLine
from domain.draws.state import Draw
from domain.kernel.money import format_money

JsonObject = dict[str, Any]


def draw_resource(draw: Draw) -> JsonObject:
    """The resource, without its version, which is the stream's and not the draw's."""
    application, totals = draw.application, draw.application.totals()
    asked = {line.line_id: line for line in draw.requested}
    return {
        "id": str(draw.draw_id),
        "loan_id": str(draw.loan_id),
        "number": draw.number,
        "state": draw.state.value,
        "kind": draw.kind.value,
        "period_to": draw.period_to.isoformat(),
        "builder_user_id": _text(draw.builder_user_id),
        "lines": [_line(line, asked.get(line.line_id)) for line in application.lines],
        "l4": format_money(totals.l4_cents),
        "l5": format_money(totals.l5_cents),
        "l6": format_money(totals.l6_cents),
        "l7": format_money(totals.l7_cents),
        "l8": format_money(totals.l8_cents),
        "l9": format_money(totals.l9_cents),
        "net": format_money(totals.l8_cents),
        "checklist": _checklist(draw),
        "payees": [
            {
                "name": payee.name,
                "amount": None if payee.amount_cents is None else format_money(payee.amount_cents),
            }
            for payee in draw.payees
        ],
        "submitted_by": _text(draw.submitted_by),
        "first_submitted_on": _text(draw.first_submitted_on),
        "approved_by": _text(draw.approved_by),
        "wire_ref": draw.wire_ref,
        "funded_on": _text(draw.funded_on),
        "reversed_on": _text(draw.reversed_on),
        "times_returned": draw.times_returned,
        "reason": draw.reason,
    }


def _checklist(draw: Draw) -> list[JsonObject]:
    """The rules that a loan's policy may hold a draw to; only a final one needs final waivers.

    Most draws are shown before anything is recorded on it, so what that looks like is kept.
    """
    is_final = draw.kind is DrawKind.FINAL
    if draw.checklist == _NOTHING:
        return _BLANK[is_final]
    return [_rule(draw.checklist, rule) for rule in _RULES[is_final]]


def _rule(checklist: Checklist, rule: ChecklistRule) -> JsonObject:
    """A rule with its documents; progress and balance have none here, the loan holds them."""
    items = [item for item in checklist.items if item.rule is rule]
    override = next((each for each in checklist.overrides if each.rule is rule), None)
    return {
        "rule": rule.value,
        "status": _status(rule, items),
        "overridden": override is not None,
        "override_reason": None if override is None else override.reason,
        "overridden_by": None if override is None else str(override.overridden_by),
        "documents": [
            {
                "payee": item.payee,
                "status": item.status.value,
                "document_id": _text(item.document_id),
                "through_date": _text(item.through_on),
                "expires_on": _text(item.expires_on),
                "lien": item.lien,
            }
            for item in items
        ],
    }


def _status(rule: ChecklistRule, items: list[ChecklistItem]) -> str | None:
    """Accepted when all of its documents are, rejected when one is."""
    if rule in (ChecklistRule.INSPECTION, ChecklistRule.IN_BALANCE):
        return None
    statuses = {item.status for item in items}
    if ChecklistStatus.REJECTED in statuses:
        return ChecklistStatus.REJECTED.value
    accepted = statuses == {ChecklistStatus.ACCEPTED}
    return ChecklistStatus.ACCEPTED.value if accepted else ChecklistStatus.PENDING.value


_RULES: dict[bool, list[ChecklistRule]] = {
    False: [rule for rule in ChecklistRule if rule is not ChecklistRule.FINAL_WAIVER],
    True: list(ChecklistRule),
}
_NOTHING = Checklist()
_BLANK = {is_final: [_rule(_NOTHING, rule) for rule in rules] for is_final, rules in _RULES.items()}


def _line(line: ApplicationLine, asked: RequestedLine | None) -> JsonObject:
    return {
        "line_id": str(line.line_id),
        "b": format_money(line.b_cents),
        "d": format_money(line.d_cents),
        "e": format_money(line.e_cents),
        "f": format_money(line.f_cents),
        "g": format_money(line.g_cents),
        "h": format_money(line.h_cents),
        "i": format_money(line.i_cents),
        "net": format_money(line.net_cents),
        "retainage_release": format_money(0 if asked is None else asked.release_cents),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
