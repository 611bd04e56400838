"""What endpoints ask for by type is there when the application starts, or it does not start."""

import pytest

from command_api.app import create_app
from domain.access import Right
from runtime.http import Answer, Api, Router
from runtime.settings import Settings
from tests.contract.edge import settings_of, tokens_of


class Abacus:
    """What an endpoint reckons with."""


def api_that_reckons() -> Api:
    router = Router("sums")

    @router.get("/sum", "get_sum", right=Right.LOANS_READ, example={})
    async def get_sum(abacus: Abacus) -> Answer:
        """Reckon."""
        return Answer({"with": str(abacus)})

    settings = settings_of()
    return Api(settings, tokens_of(settings), [router], title="t", version="1")


def test_an_endpoint_that_asks_for_what_nobody_provides_keeps_the_application_from_starting() -> (
    None
):
    with pytest.raises(LookupError, match="get_sum asks for Abacus abacus"):
        api_that_reckons().provide({})


def test_what_is_provided_by_its_type_is_found() -> None:
    api = api_that_reckons()
    abacus = Abacus()
    api.provide({Abacus: abacus})
    assert api.services[Abacus] is abacus


def test_the_command_api_says_at_once_what_its_endpoints_lack() -> None:
    with pytest.raises(LookupError, match="asks for Ledger ledger"):
        create_app(Settings()).provide({Settings: Settings()})
