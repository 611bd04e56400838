"""On what grounds whatever is asked may be refused, over all words."""

from types import MappingProxyType

from domain.accounting import decide as accounting
from domain.budgets import decide as budgets
from domain.charge_off import decide as charge_off
from domain.close_of_business import decide as close_of_business
from domain.corrections import decide as corrections
from domain.defaults import decide as defaults
from domain.draws import decide as draws
from domain.fees import decide as fees
from domain.interest import forecast
from domain.kernel.errors import Refusals
from domain.loans import decide as loans
from domain.maturity import decide as maturity
from domain.participations import decide as participations
from domain.payments import decide as payments
from domain.payoff import decide as payoff
from domain.payoff import quotes
from domain.rates import decide as rates

REFUSALS: Refusals = MappingProxyType(
    {
        **loans.REFUSALS,
        **budgets.REFUSALS,
        **draws.REFUSALS,
        **payments.REFUSALS,
        **fees.REFUSALS,
        **rates.REFUSALS,
        **maturity.REFUSALS,
        **defaults.REFUSALS,
        **charge_off.REFUSALS,
        **payoff.REFUSALS,
        **quotes.REFUSALS,
        **participations.REFUSALS,
        **close_of_business.REFUSALS,
        **corrections.REFUSALS,
        **forecast.REFUSALS,
        **accounting.REFUSALS,
    }
)
"""By command. What follows from a decision and may refuse it (`domain.restate.consequences`) is among
them."""
