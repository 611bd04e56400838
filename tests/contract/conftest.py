"""A client of the small API."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.contract.edge import api_of, client_of


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(api_of()) as client:
        yield client
