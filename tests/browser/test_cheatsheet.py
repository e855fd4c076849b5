"""The cheat sheet as a browser prints it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from course_lib import paths
from tests.browser.jupyter import SECONDS

SHEET = paths.ROOT / "instructor" / "cheatsheet.html"
POINT = 4 / 3  # in CSS pixels


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    page = browser.new_page()
    page.set_default_timeout(SECONDS * 1000)
    page.goto(SHEET.as_uri())
    page.emulate_media(media="print")
    return page


def pages(page: Page, folder: Path) -> int:
    pdf = page.pdf(path=folder / "sheet.pdf", prefer_css_page_size=True)
    assert b"/MediaBox [0 0 594" in pdf or b"/MediaBox [0 0 595" in pdf  # A4
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_it_prints_on_both_sides_of_one_sheet(page: Page, tmp_path: Path) -> None:
    assert pages(page, tmp_path) == 2, "take rows away in instructor/cheatsheet.toml"


def test_it_can_be_read(page: Page) -> None:
    sizes = page.locator("p, p *").evaluate_all(
        "all => all.map(each => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert min(sizes) >= 9 * POINT - 0.01
    wide = page.locator("p").evaluate_all(
        "all => all.filter(each => each.scrollWidth > each.clientWidth).map(each => each.innerText)"
    )
    assert not wide


def test_code_is_broken_between_names_alone(page: Page) -> None:
    broken = page.locator("code").evaluate_all(
        """all => all.flatMap(code => [...code.childNodes].filter(each => {
            const range = document.createRange();
            range.selectNodeContents(each);
            return each.nodeType === Node.TEXT_NODE && range.getClientRects().length > 1;
        }).map(each => each.data))"""
    )
    assert not broken


def test_a_longer_sheet_would_take_more(page: Page, tmp_path: Path) -> None:
    page.evaluate(
        "[...document.querySelectorAll('p')].forEach(each => each.after(each.cloneNode(true)))"
    )
    assert pages(page, tmp_path) > 2
