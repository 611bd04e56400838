"""Every capability's events: importing this module fills the catalogue."""

import domain.accounting.events
import domain.draws.events
import domain.interest.events
import domain.loans.events
import domain.payoff.events  # noqa: F401  # all are imported for their entries in the catalogue
