"""The documentation that an API shows of itself: its document, and two pages to read it with.

Swagger UI and Redoc come out of a wheel and are served from here, so the pages work where there is
no internet. They may load nothing from elsewhere, and run no script but theirs.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, NamedTuple

import orjson
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html

from runtime.http.rendering import CSP, NO_STORE

Header = tuple[bytes, bytes]

# What pages name is relative to them, so that they work below any prefix that a proxy takes off.
_DOCUMENT = "openapi.json"
_FILES = {
    "docs/swagger-ui-bundle.js": b"text/javascript; charset=utf-8",
    "docs/swagger-ui.css": b"text/css; charset=utf-8",
    "docs/redoc.standalone.js": b"text/javascript; charset=utf-8",
    "docs/favicon.png": b"image/png",
}
PAGES = frozenset("/" + name for name in (_DOCUMENT, "docs", "redoc", *_FILES))
"""The paths of the documentation."""
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class Sheet(NamedTuple):
    """A file that is shown as it is."""

    body: bytes
    headers: list[Header]


class Pages:
    """The documentation of one API."""

    def __init__(self, title: str, document: Callable[[], dict[str, Any]]) -> None:
        self._title = title
        self._document = document

    def find(self, path: str) -> Sheet:
        """What stands under one of `PAGES`."""
        match path.removeprefix("/"):
            case "docs":
                return _swagger(self._title)
            case "redoc":
                return _redoc(self._title)
            case name if name in _FILES:
                return _file(name)
            case _:
                json = (b"content-type", b"application/json")
                return Sheet(orjson.dumps(self._document()), [json, NO_STORE, CSP])


@cache
def _swagger(title: str) -> Sheet:
    page = get_swagger_ui_html(
        openapi_url=_DOCUMENT,
        title=title,
        swagger_js_url="docs/swagger-ui-bundle.js",
        swagger_css_url="docs/swagger-ui.css",
        swagger_favicon_url="docs/favicon.png",
        swagger_ui_parameters={"validatorUrl": None},  # it would ask a server of Swagger's
    )
    return _page(bytes(page.body))


@cache
def _redoc(title: str) -> Sheet:
    page = get_redoc_html(
        openapi_url=_DOCUMENT,
        title=title,
        redoc_js_url="docs/redoc.standalone.js",
        redoc_favicon_url="docs/favicon.png",
        with_google_fonts=False,
    )
    return _page(bytes(page.body))


def _page(body: bytes) -> Sheet:
    """A page that may run our scripts and the one written in it; both libraries style inline."""
    hashes = "".join(
        f" 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
        for script in _SCRIPT.findall(body.decode())
    )
    policy = (
        f"default-src 'none'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    html = (b"content-type", b"text/html; charset=utf-8")
    return Sheet(body, [html, NO_STORE, (b"content-security-policy", policy.encode())])


@cache
def _file(name: str) -> Sheet:
    """A file of the wheel; kept, for the process never changes it."""
    body = files("fastapi_offline").joinpath("static", name.removeprefix("docs/")).read_bytes()
    kept = (b"cache-control", b"public, max-age=86400")
    return Sheet(body, [(b"content-type", _FILES[name]), kept, CSP])
