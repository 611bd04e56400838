"""Every route of the command API, a module a capability."""

from command_api.routes import (
    auth,
    books,
    budgets,
    controls,
    corrections,
    draw_conditions,
    draw_funding,
    draws,
    fees,
    loan_life,
    loans,
    payments,
    users,
)

ROUTERS = (
    auth.router,
    users.router,
    loans.router,
    budgets.router,
    controls.router,
    payments.router,
    fees.router,
    loan_life.router,
    corrections.router,
    books.router,
    draws.router,
    draw_conditions.router,
    draw_funding.router,
)
