"""Every route of the command API, a module a capability."""

from command_api.routes import auth, budgets, draws, loans, users

ROUTERS = (auth.router, users.router, loans.router, budgets.router, draws.router)
