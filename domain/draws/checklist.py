"""The documents and exceptions that a draw carries, and which of them outlive a revision."""

from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct

from domain.draws.events import ChecklistItem, ChecklistRule, ChecklistStatus, Payee
from domain.draws.g702 import RequestedLine

_FOR_THIS_MONEY = frozenset({ChecklistRule.CONDITIONAL_WAIVER, ChecklistRule.FINAL_WAIVER})
"""Waivers that are given in exchange for what this draw pays."""


class Override(Struct, frozen=True):
    """A rule that the draw is excused from, by whom and why."""

    rule: ChecklistRule
    reason: str
    overridden_by: UUID


class Checklist(Struct, frozen=True):
    """A draw's documents, one a rule and payee, and the rules it is excused from."""

    items: tuple[ChecklistItem, ...] = ()
    overrides: tuple[Override, ...] = ()

    def item(self, rule: ChecklistRule, payee: str | None = None) -> ChecklistItem | None:
        """The document for a rule: a payee's own or, failing that, one for every payee."""
        of_rule = [item for item in self.items if item.rule is rule]
        own = next((item for item in of_rule if item.payee == payee), None)
        return own or next((item for item in of_rule if item.payee is None), None)

    def accepted(self, rule: ChecklistRule, payee: str | None = None) -> ChecklistItem | None:
        """That document, if it was accepted."""
        item = self.item(rule, payee)
        return item if item is not None and item.status is ChecklistStatus.ACCEPTED else None

    def excuses(self, rule: ChecklistRule) -> bool:
        """Whether the draw is excused from a rule."""
        return any(override.rule is rule for override in self.overrides)

    def with_item(self, item: ChecklistItem) -> "Checklist":
        """The checklist with a document in place of the one before."""
        others = tuple(
            held for held in self.items if (held.rule, held.payee) != (item.rule, item.payee)
        )
        return Checklist((*others, item), self.overrides)

    def with_override(self, override: Override) -> "Checklist":
        """The checklist with an exception in place of the one before."""
        others = tuple(held for held in self.overrides if held.rule is not override.rule)
        return Checklist(self.items, (*others, override))

    def revised(
        self,
        before: tuple[tuple[RequestedLine, ...], tuple[Payee, ...]],
        after: tuple[tuple[RequestedLine, ...], tuple[Payee, ...]],
    ) -> "Checklist":
        """What is left of it after the draw's lines and payees changed from ones to others.

        A waiver given for this draw's money is good only for the money it was given for: it stays
        if nothing was changed but the period, or if its payee gets the very amount named before.
        Dates are held against the period whenever a rule is checked, so no document is dropped for
        them. An exception was made for the draw as it stood, and ends with any revision.
        """
        if before == after:
            return Checklist(self.items)
        unchanged = _amounts(before[1]).items() & _amounts(after[1]).items()
        kept_payees = {name for name, _ in unchanged}
        return Checklist(
            tuple(
                item
                for item in self.items
                if item.rule not in _FOR_THIS_MONEY or item.payee in kept_payees
            )
        )


def _amounts(payees: Iterable[Payee]) -> dict[str, int]:
    """What each payee that has an amount of its own is to be paid."""
    amounts: dict[str, int] = {}
    for payee in payees:
        if payee.amount_cents is not None:
            amounts[payee.name] = amounts.get(payee.name, 0) + payee.amount_cents
    return amounts
