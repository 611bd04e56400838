"""What may be asked: one file a word of lending, and one a dashboard."""

from query_api.routes.accounting import accounting
from query_api.routes.dashboard_budgets import dashboard_budgets
from query_api.routes.dashboard_defaults import dashboard_defaults
from query_api.routes.dashboard_draws import dashboard_draws
from query_api.routes.dashboard_maturity import dashboard_maturity
from query_api.routes.dashboard_reserves import dashboard_reserves
from query_api.routes.draws import draws
from query_api.routes.events import events
from query_api.routes.fees import fees
from query_api.routes.interest import interest
from query_api.routes.loans import loans
from query_api.routes.parked import parked
from query_api.routes.payments import payments
from query_api.routes.payoff import payoff
from query_api.routes.portfolio import portfolio
from query_api.routes.projections import projections
from query_api.routes.reserve_forecast import reserve_forecast
from query_api.routes.users import users

ROUTERS = (
    loans,
    draws,
    payments,
    fees,
    interest,
    reserve_forecast,
    payoff,
    accounting,
    portfolio,
    dashboard_draws,
    dashboard_maturity,
    dashboard_defaults,
    dashboard_reserves,
    dashboard_budgets,
    events,
    projections,
    parked,
    users,
)
