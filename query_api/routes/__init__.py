"""What may be asked: one file a read model."""

from query_api.routes.dashboard_budgets import dashboard_budgets
from query_api.routes.dashboard_draws import dashboard_draws
from query_api.routes.dashboard_loans import dashboard_loans
from query_api.routes.dashboard_reserves import dashboard_reserves
from query_api.routes.draws import draws
from query_api.routes.events import events
from query_api.routes.journal import journal
from query_api.routes.loans import loans
from query_api.routes.parked import parked
from query_api.routes.portfolio import portfolio
from query_api.routes.reserve_forecast import reserve_forecast
from query_api.routes.servicing import servicing
from query_api.routes.users import users

ROUTERS = (
    loans,
    draws,
    servicing,
    reserve_forecast,
    journal,
    portfolio,
    dashboard_draws,
    dashboard_loans,
    dashboard_reserves,
    dashboard_budgets,
    events,
    parked,
    users,
)
