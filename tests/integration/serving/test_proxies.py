"""Whom a request comes from: who connects, unless that is a proxy that was named."""

import asyncio
from typing import Any

import pytest

from deploy.serving.server import server
from runtime.settings import Settings

PROXY, CALLER = "10.0.0.7", "203.0.113.9"


@pytest.mark.parametrize(
    ("trusted", "seen"),
    [([], PROXY), (["10.0.0.8"], PROXY), ([PROXY], CALLER), (["10.0.0.0/24"], CALLER)],
)
def test_only_a_trusted_proxy_names_the_caller(trusted: list[str], seen: str) -> None:
    addresses: list[str] = []

    async def application(scope: Any, _receive: Any, _send: Any) -> None:
        addresses.append(scope["client"][0])

    config = server(application, Settings(trusted_proxies=trusted), "127.0.0.1", 0).config
    config.load()
    scope = {
        "type": "http",
        "client": (PROXY, 5000),
        "scheme": "http",
        "headers": [(b"x-forwarded-for", CALLER.encode())],
    }
    asyncio.run(config.loaded_app(scope, None, None))
    assert addresses == [seen]
