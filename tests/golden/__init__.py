"""Golden files: the bytes of every version of every event, and of one seed."""

import domain.capabilities  # noqa: F401  # fills the catalogue
