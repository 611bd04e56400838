"""Why an extension is refused."""

from domain.kernel.errors import Ground

EXTENSION_BEFORE_CLOSING = Ground(
    "EXTENSION_BEFORE_CLOSING", "The loan would be extended before it closed.", "Life cycle"
)
NO_EXTENSION_OPTION = Ground(
    "NO_EXTENSION_OPTION",
    "The loan has no extension option, or has taken all of them.",
    "Life cycle",
)
EXTENSION_EXCEEDS_OPTION = Ground(
    "EXTENSION_EXCEEDS_OPTION",
    "The new maturity is later than the next option gives.",
    "Life cycle",
)
MATURITY_NOT_LATER = Ground(
    "MATURITY_NOT_LATER", "The new maturity is not later than the one that holds.", "Life cycle"
)
NEW_MATURITY_MISSING = Ground(
    "NEW_MATURITY_MISSING", "A modification does not say when the loan matures.", "Life cycle"
)
