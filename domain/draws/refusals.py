"""Why something asked of a draw is refused."""

from domain.kernel.errors import Conflict, Ground, NotAllowed

DRAW_EXISTS = Ground(
    "DRAW_EXISTS",
    "Another draw of the loan was requested under this id.",
    "Draw workflow",
    Conflict,
)
DRAW_NOT_DRAFT = Ground(
    "DRAW_NOT_DRAFT",
    "The draw is with the lender, or is over: it must be a draft, or have been returned.",
    "Draw workflow",
)
DRAW_NOT_SUBMITTED = Ground(
    "DRAW_NOT_SUBMITTED",
    "The draw was not handed to the lender, or has been decided on.",
    "Draw workflow",
)
DRAW_NOT_IN_REVIEW = Ground(
    "DRAW_NOT_IN_REVIEW",
    "The draw is not under review or, for its documents, its wire was ordered or it is over.",
    "Draw workflow",
)
DRAW_NOT_APPROVED = Ground(
    "DRAW_NOT_APPROVED",
    "The draw has not been approved, or its wire was ordered, or it is over.",
    "Draw workflow",
)
DRAW_NOT_FUNDING = Ground("DRAW_NOT_FUNDING", "No wire of the draw is under way.", "Draw workflow")
DRAW_NOT_FUNDED = Ground("DRAW_NOT_FUNDED", "The draw has not been funded.", "Draw workflow")
DRAW_ALREADY_APPROVED = Ground(
    "DRAW_ALREADY_APPROVED", "The draw has been approved, and is approved once.", "Draw workflow"
)
FOUR_EYES = Ground(
    "FOUR_EYES",
    "Who submitted the draw, also before it was returned, would approve it.",
    "Draw workflow",
)
APPROVAL_EXCEEDS_REQUEST = Ground(
    "APPROVAL_EXCEEDS_REQUEST",
    "More would be approved on a line than was asked for; an approver only cuts.",
    "Draw workflow",
)
DRAW_PERIOD_BEFORE_CLOSING = Ground(
    "DRAW_PERIOD_BEFORE_CLOSING",
    "The period of the draw ends before the loan closed.",
    "Draw workflow",
)
DRAW_PERIOD_AFTER_MATURITY = Ground(
    "DRAW_PERIOD_AFTER_MATURITY",
    "The period of the draw ends after the loan matures, extensions included.",
    "Draw workflow",
)
LOAN_PAST_MATURITY = Ground(
    "LOAN_PAST_MATURITY",
    "The loan has matured by the date of the approval or of the wire; its last day counts.",
    "Draw workflow",
)
FUNDED_BEFORE_CLOSING = Ground(
    "FUNDED_BEFORE_CLOSING", "The draw would be funded before the loan closed.", "Draw workflow"
)
DRAW_STOPPED = Ground(
    "DRAW_STOPPED",
    "A draw stop stands on the loan: nothing is approved or wired until each reason is lifted.",
    "Draw workflow",
)
FUNDING_IN_PROGRESS = Ground(
    "FUNDING_IN_PROGRESS",
    "A wire of the loan is under way: confirm or fail it first.",
    "Application for payment",
)
DRAW_EMPTY = Ground("DRAW_EMPTY", "The draw asks for nothing.", "Application for payment")
DRAW_NET_NEGATIVE = Ground(
    "DRAW_NET_NEGATIVE", "The draw would pay less than nothing.", "Application for payment"
)
DRAW_EXCEEDS_LINE = Ground(
    "DRAW_EXCEEDS_LINE",
    "The draw bills more on a line than is left of it, other approved draws counted.",
    "Application for payment",
)
DRAW_EXCEEDS_COMMITMENT = Ground(
    "DRAW_EXCEEDS_COMMITMENT",
    "The draw asks for more than the commitment has available and the borrower has deposited.",
    "Application for payment",
)
RELEASE_EXCEEDS_RETAINAGE = Ground(
    "RELEASE_EXCEEDS_RETAINAGE",
    "The draw would pay back more retainage than is held on a line.",
    "Application for payment",
)
RELEASE_WITH_WORK = Ground(
    "RELEASE_WITH_WORK",
    "A draw for retainage bills work, or changes what is stored.",
    "Application for payment",
)
LINE_NOT_DRAWABLE = Ground(
    "LINE_NOT_DRAWABLE",
    "The draw bills a line that is neither HARD nor SOFT.",
    "Application for payment",
)
FINAL_DRAW_FUNDED = Ground(
    "FINAL_DRAW_FUNDED",
    "The final draw of the loan has been funded, and none follows it.",
    "Application for payment",
)
DEPOSIT_EXCEEDS_INVOICE = Ground(
    "DEPOSIT_EXCEEDS_INVOICE",
    "The draw asks for a larger deposit on what is not yet delivered than the invoice is for.",
    "Application for payment",
)
DEPOSIT_EXCEEDS_LINE_SHARE = Ground(
    "DEPOSIT_EXCEEDS_LINE_SHARE",
    "The draw asks for a larger deposit on what is not yet delivered than the loan's share of the line.",
    "Application for payment",
)
INSPECTION_REQUIRED = Ground(
    "INSPECTION_REQUIRED",
    "The draw bills more work on a HARD line than an accepted inspection found in place.",
    "Draw policy",
)
CONDITIONAL_WAIVER_MISSING = Ground(
    "CONDITIONAL_WAIVER_MISSING",
    "A payee of the draw has not waived their lien, conditional on this payment, through its period.",
    "Draw policy",
)
UNCONDITIONAL_WAIVER_MISSING = Ground(
    "UNCONDITIONAL_WAIVER_MISSING",
    "A payee of the draw funded last has not waived their lien unconditionally through its period.",
    "Draw policy",
)
FINAL_WAIVER_MISSING = Ground(
    "FINAL_WAIVER_MISSING", "A payee of a final draw has not given a final waiver.", "Draw policy"
)
TITLE_DATE_DOWN_MISSING = Ground(
    "TITLE_DATE_DOWN_MISSING",
    "Title is not dated down through the period of the draw.",
    "Draw policy",
)
LIEN_INTERVENING = Ground(
    "LIEN_INTERVENING", "The title date-down found a lien that came between.", "Draw policy"
)
INSURANCE_EXPIRED = Ground(
    "INSURANCE_EXPIRED", "No insurance is known to be in force on the lender's date.", "Draw policy"
)
CERTIFICATE_OF_OCCUPANCY_MISSING = Ground(
    "CERTIFICATE_OF_OCCUPANCY_MISSING",
    "A final draw has no certificate of occupancy.",
    "Draw policy",
)
RULE_NOT_ON_CHECKLIST = Ground(
    "RULE_NOT_ON_CHECKLIST",
    "Progress and balance are recorded on the loan, for all its draws, and not on the checklist of one.",
    "Draw policy",
)
OVERRIDE_NEEDS_ADMIN = Ground(
    "OVERRIDE_NEEDS_ADMIN",
    "Only an administrator excuses a draw from a rule.",
    "Draw policy",
    NotAllowed,
)
