"""The documentation's pages in a browser that can reach nobody but us."""

import shutil
from pathlib import Path
from subprocess import run

import pytest

from tests.e2e.running import Up

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE_SECONDS = 120

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


@pytest.mark.parametrize("path", ["docs", "redoc"])
def test_a_page_shows_every_operation_without_the_internet(
    running: Up, tmp_path: Path, path: str
) -> None:
    shown = run(
        [
            *(str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu"),
            *("--disable-dev-shm-usage", f"--user-data-dir={tmp_path}"),
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            *("--virtual-time-budget=30000", "--dump-dom", f"{running.url}/{path}"),
        ],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    ).stdout

    with running.client() as client:
        paths = client.get(f"{running.url}/openapi.json").raise_for_status().json()["paths"]
    operations = [each for methods in paths.values() for each in methods.values()]
    assert len(operations) > 80
    missing = [each["operationId"] for each in operations if each["operationId"] not in shown]
    assert missing == []
