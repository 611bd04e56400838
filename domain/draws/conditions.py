"""What is recorded of a draw while its conditions are being met: documents, and exceptions."""

from domain.draws.checklist import Override
from domain.draws.commands import OverrideRule, RecordChecklistItem
from domain.draws.events import ChecklistRule, DrawChecklistItemRecorded, DrawRuleOverridden
from domain.draws.refusals import OVERRIDE_NEEDS_ADMIN, RULE_NOT_ON_CHECKLIST
from domain.draws.state import Draw, DrawState
from domain.draws.transitions import check_in
from domain.events.catalogue import Event
from domain.kernel.actors import Role
from domain.kernel.errors import Detail

_OPEN = (
    DrawState.IN_REVIEW,
    DrawState.DRAFT,
    DrawState.SUBMITTED,
    DrawState.RETURNED,
    DrawState.APPROVED,
)
"""Where documents still come in: from the first draft until the wire is ordered."""

_ON_THE_LOAN = frozenset({ChecklistRule.INSPECTION, ChecklistRule.IN_BALANCE})


def record(draw: Draw, command: RecordChecklistItem) -> list[Event]:
    """Take up what became of a document; the same again decides nothing.

    Raises:
        RuleBroken: ``DRAW_NOT_IN_REVIEW``, once its wire was ordered or it is over;
            ``RULE_NOT_ON_CHECKLIST``, for what is recorded on the loan instead.
    """
    check_in(draw, *_OPEN)
    if command.item.rule in _ON_THE_LOAN:
        raise RULE_NOT_ON_CHECKLIST(
            "Progress and balance are recorded on the loan, for all its draws.",
            [Detail("rule", command.item.rule.value)],
        )
    if command.item in draw.checklist.items:
        return []
    return [DrawChecklistItemRecorded(draw.loan_id, draw.draw_id, command.item)]


def override(draw: Draw, command: OverrideRule) -> list[Event]:
    """Excuse the draw, as it stands, from a rule; the same again decides nothing.

    Raises:
        NotAllowed: ``OVERRIDE_NEEDS_ADMIN``.
        RuleBroken: ``DRAW_NOT_IN_REVIEW``, once its wire was ordered or it is over.
    """
    if command.role is not Role.ADMIN:
        raise OVERRIDE_NEEDS_ADMIN("Only an administrator overrides a rule.")
    check_in(draw, *_OPEN)
    if Override(command.rule, command.reason, command.by) in draw.checklist.overrides:
        return []
    return [
        DrawRuleOverridden(draw.loan_id, draw.draw_id, command.rule, command.reason, command.by)
    ]
