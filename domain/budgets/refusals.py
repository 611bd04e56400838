"""Why something asked of a budget is refused."""

from domain.kernel.errors import Ground

BUDGET_NOT_BALANCED = Ground(
    "BUDGET_NOT_BALANCED",
    "The lines of the budget and the sources that pay for them do not sum to the same.",
    "Budget",
)
SOURCES_NOT_COMMITMENT = Ground(
    "SOURCES_NOT_COMMITMENT",
    "What the loan pays of the budget is another amount than its commitment.",
    "Budget",
)
EQUITY_EXCEEDS_LINE = Ground(
    "EQUITY_EXCEEDS_LINE",
    "More equity is spent on a line before closing than its budget.",
    "Budget",
)
EQUITY_LINE_UNKNOWN = Ground(
    "EQUITY_LINE_UNKNOWN",
    "Money is said to be spent before closing that is no equity, or on a line that the budget does not have.",
    "Budget",
)
LINE_TWICE = Ground(
    "LINE_TWICE", "One line is named twice, or two lines have the same id or code.", "Budget"
)
LINE_NOT_IN_BUDGET = Ground("LINE_NOT_IN_BUDGET", "The loan's budget has no such line.", "Budget")
RETAINAGE_NOT_APPLICABLE = Ground(
    "RETAINAGE_NOT_APPLICABLE",
    "Retainage is asked for on a line that is neither HARD nor SOFT.",
    "Budget",
)
CHANGES_NOT_BALANCED = Ground(
    "CHANGES_NOT_BALANCED",
    "The lines change by another amount than what pays for them: a reallocation by nothing, a change order by its sources.",
    "Budget",
)
LINE_BELOW_FLOOR = Ground(
    "LINE_BELOW_FLOOR",
    "A line would be cut below what is spent on it or reserved by approved draws.",
    "Budget",
)
COMMITMENT_FIXED = Ground(
    "COMMITMENT_FIXED", "A change order would have the loan itself pay more or less.", "Budget"
)
SOURCE_BELOW_SPENT = Ground(
    "SOURCE_BELOW_SPENT", "A source would be cut below what it has already paid.", "Budget"
)
CHANGE_ORDER_EXISTS = Ground(
    "CHANGE_ORDER_EXISTS",
    "Other changes were approved under the number of this change order.",
    "Budget",
)
LINE_NOT_ADVANCEABLE = Ground(
    "LINE_NOT_ADVANCEABLE",
    "The closing advance would pay out contingency or interest reserve.",
    "Closing",
)
ADVANCE_EXCEEDS_LINE = Ground(
    "ADVANCE_EXCEEDS_LINE",
    "The closing advance would pay more on a line than it has left.",
    "Closing",
)
ADVANCE_EXCEEDS_COMMITMENT = Ground(
    "ADVANCE_EXCEEDS_COMMITMENT", "The closing advance is larger than the commitment.", "Closing"
)
PROGRESS_NOT_APPLICABLE = Ground(
    "PROGRESS_NOT_APPLICABLE",
    "Progress is recorded on a line that has no work to inspect.",
    "Draw policy",
)
PROGRESS_OUT_OF_RANGE = Ground(
    "PROGRESS_OUT_OF_RANGE",
    "Less than nothing or more than all of a line is said to be in place.",
    "Draw policy",
)
INSPECTION_OUT_OF_ORDER = Ground(
    "INSPECTION_OUT_OF_ORDER",
    "The line was inspected later than on the day of this inspection.",
    "Draw policy",
)
ESTIMATE_NOT_APPLICABLE = Ground(
    "ESTIMATE_NOT_APPLICABLE",
    "The cost to complete of contingency is estimated, which is no cost.",
    "In balance",
)
ESTIMATE_NEGATIVE = Ground(
    "ESTIMATE_NEGATIVE", "Finishing a line is said to cost less than nothing.", "In balance"
)
ESTIMATE_OUT_OF_ORDER = Ground(
    "ESTIMATE_OUT_OF_ORDER",
    "The line was estimated later than on the day of this estimate.",
    "In balance",
)
