"""The pages that show the documentation load nothing from elsewhere, and run no script but theirs."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import pytest

from runtime.http import Api
from tests.contract.apis import command_api, query_api
from tests.contract.edge import client_of

PAGES = ("/docs", "/redoc")


class Named(HTMLParser):
    """What a page names: the files that it loads, and the scripts that are written in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.files: list[str] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.files += [each for name in ("src", "href", "spec-url") if (each := given.get(name))]
        self._in_script = tag == "script" and "src" not in given

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts.append(data)
            self._in_script = False


@pytest.fixture(params=[command_api, query_api], ids=["command", "query"])
def api(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.mark.parametrize("path", PAGES)
async def test_all_that_a_page_names_is_served_by_us(api: Api, path: str) -> None:
    async with client_of(api) as client:
        page = await client.get(path)
        named = Named(page.text)
        said = re.findall(r"url: '([^']+)'", page.text)
        files = {urljoin(str(page.url), each) for each in named.files + said}

        assert page.status_code == 200
        assert len(files) >= 3
        assert {each for each in files if not each.startswith("http://edge/")} == set()
        for each in files:
            assert (await client.get(each)).status_code == 200, each


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_may_ask_nobody_else_and_run_only_what_is_its_own(api: Api, path: str) -> None:
    async with client_of(api) as client:
        page = await client.get(path)
        policy = dict(
            part.strip().partition(" ")[::2]
            for part in page.headers["content-security-policy"].split(";")
        )

    hashes = {
        f"'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'"
        for each in Named(page.text).scripts
    }
    assert set(policy["script-src"].split()) == {"'self'", *hashes}
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    allowed = {word for sources in policy.values() for word in sources.split()} - hashes
    assert allowed == {"'none'", "'self'", "'unsafe-inline'", "data:", "blob:"}
    assert len(page.headers.get_list("content-security-policy")) == 1


async def test_the_files_of_the_pages_may_be_kept_and_the_pages_not(api: Api) -> None:
    async with client_of(api) as client:
        file, page = await client.get("/docs/swagger-ui.css"), await client.get("/docs")

    assert file.headers["cache-control"] == "public, max-age=86400"
    assert file.headers["content-type"].startswith("text/css")
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", [*PAGES, "/openapi.json"])
async def test_the_documentation_is_only_read(api: Api, path: str) -> None:
    async with client_of(api) as client:
        assert (await client.head(path)).status_code == 200
        refused = await client.post(path)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
