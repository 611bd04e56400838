"""The read side's writers: events to read tables.

Importing any of it fills the catalogue: a process reads no event before it knows every one there is.
"""

import domain.capabilities  # noqa: F401  # fills the catalogue
