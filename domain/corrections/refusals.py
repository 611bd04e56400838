"""Why a reversal is refused."""

from domain.kernel.errors import Ground

NOT_REVERSIBLE = Ground(
    "NOT_REVERSIBLE",
    "Events of this kind are not reversed, or something that followed from it must be reversed before it; the details name it.",
    "Corrections",
)
ALREADY_REVERSED = Ground("ALREADY_REVERSED", "The event was reversed before.", "Corrections")
REVERSAL_BEFORE_ORIGINAL = Ground(
    "REVERSAL_BEFORE_ORIGINAL",
    "The reversal would count before the event that it reverses.",
    "Corrections",
)
FEE_PAID = Ground(
    "FEE_PAID", "The fee has been paid, in part at least: reverse the payment first.", "Corrections"
)
PROTECTIVE_ADVANCE_PAID = Ground(
    "PROTECTIVE_ADVANCE_PAID",
    "The protective advance has been paid back, in part at least: reverse the payment first.",
    "Corrections",
)
DEPOSIT_USED = Ground(
    "DEPOSIT_USED",
    "Draws have spent the deposit, or hold it: reverse or cancel them first.",
    "Corrections",
)
