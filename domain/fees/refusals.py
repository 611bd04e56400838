"""Why a fee, a waiver or a protective advance is refused."""

from domain.kernel.errors import Conflict, Ground

FEE_EXISTS = Ground(
    "FEE_EXISTS",
    "Another fee of the loan has this id, be it struck since; an extension is known by the id of its fee as well.",
    "Fees and late charges",
    Conflict,
)
FEE_BEFORE_CLOSING = Ground(
    "FEE_BEFORE_CLOSING",
    "The fee would be charged before the loan closed.",
    "Fees and late charges",
)
FEE_UNKNOWN = Ground(
    "FEE_UNKNOWN", "The loan has no such fee, or it was struck.", "Fees and late charges"
)
WAIVER_EXISTS = Ground(
    "WAIVER_EXISTS", "Another waiver of the loan has this id.", "Fees and late charges", Conflict
)
WAIVED_BEFORE_ASSESSED = Ground(
    "WAIVED_BEFORE_ASSESSED",
    "The fee would be waived before the day on which it was charged.",
    "Fees and late charges",
)
WAIVER_EXCEEDS_FEE = Ground(
    "WAIVER_EXCEEDS_FEE",
    "More would be waived than is unpaid of the fee, or nothing is unpaid.",
    "Fees and late charges",
)
PROTECTIVE_ADVANCE_EXISTS = Ground(
    "PROTECTIVE_ADVANCE_EXISTS",
    "Another protective advance of the loan has this id.",
    "Fees and late charges",
    Conflict,
)
ADVANCE_BEFORE_CLOSING = Ground(
    "ADVANCE_BEFORE_CLOSING",
    "The protective advance would be paid before the loan closed.",
    "Fees and late charges",
)
