"""The browser of all these tests: the Chromium of this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.jupyter import chromium, find_chromium


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        pytest.skip("no Chromium on the PATH; COURSE_CHROMIUM may name one")
    with (
        sync_playwright() as playwright,
        chromium(playwright, executable, tmp_path_factory.mktemp("browser")) as browser,
    ):
        yield browser
