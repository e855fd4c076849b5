"""Every chapter's slides as a class sees them: 1280 x 720, without a network."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from course_lib import paths
from course_lib.front_matter import chapter_files
from course_tools.build.stable_outputs import load
from course_tools.slides import decks
from course_tools.slides.fit import CODE_LETTERS
from tests.browser.jupyter import SECONDS, Watch

SCREENSHOTS = "COURSE_SCREENSHOTS"  # a folder for a picture of each deck's fullest slide
WIDTH, HEIGHT = 1280, 720
MARKS = 676  # below it are the sign for JupyterLab and the slide's number
SMALLEST = 20  # pixels of type that the last row can read
CHAPTERS = [path.stem for path in chapter_files(paths.SOLUTIONS)]
USUAL = ("00", "04")  # by default the two that other tests here present, too

# Text is measured line by line: a box may be narrower than what is in it.
_MEASURE = """smallest => Reveal.getSlides().map(slide => {
    const {h, v} = Reveal.getIndices(slide);
    Reveal.slide(h, v, 99);
    const at = slide.getBoundingClientRect();
    const shown = [...slide.children].filter(each => !each.matches('.live, .notes, .link'));
    const inside = shown.flatMap(each => [each, ...each.querySelectorAll('*')]);
    const range = document.createRange();
    const boxes = [...shown, ...slide.querySelectorAll('img, pre, td')].flatMap(each => {
        range.selectNodeContents(each);
        return [...(shown.includes(each) ? range.getClientRects() : []), ...each.getClientRects()];
    }).filter(box => box.width && box.height);
    const says = each => [...each.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    return {
        name: slide.id,
        right: Math.max(...boxes.map(box => box.right - at.left)),
        bottom: Math.max(...boxes.map(box => box.bottom - at.top)),
        hidden: inside.filter(each => getComputedStyle(each).visibility === 'hidden').length,
        tiny: inside.filter(each => says(each) && parseFloat(getComputedStyle(each).fontSize) < smallest)
            .map(each => each.textContent.trim()),
        folded: [...slide.querySelectorAll('.source .folded')].map(each => each.textContent),
        empty: shown.length < 2,
        notes: slide.querySelector('.notes')?.textContent.trim() ?? '',
        live: slide.querySelector('.live')?.title ?? '',
        blind: [...slide.querySelectorAll('img')].filter(i => !i.alt || !i.naturalWidth).length,
    };
})"""


@dataclass(frozen=True)
class Shown:
    """A slide as it is shown, with all that key presses add to it."""

    name: str
    right: float
    bottom: float
    hidden: int
    tiny: list[str]
    folded: list[str]
    empty: bool
    notes: str
    live: str
    blind: int


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    if find_spec("sphinx_revealjs") is None:
        pytest.skip("no reveal.js: `make slides` adds it")
    folder = tmp_path_factory.mktemp("slides")
    decks.write(paths.SOLUTIONS, folder, () if pytestconfig.option.thorough else USUAL)
    return folder


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new browser window without a network, which must neither complain nor ask for one."""
    watch = Watch()
    with browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, offline=True) as context:
        page = context.new_page()
        page.set_default_timeout(SECONDS * 1000)
        watch.follow(page)
        yield page
    assert not watch.complaints


def present(page: Page, path: Path, where: str = "") -> None:
    page.goto(path.as_uri() + where)
    page.wait_for_function("window.Reveal?.isReady()")


@pytest.mark.parametrize(
    "chapter",
    [
        pytest.param(each, marks=() if each[:2] in USUAL else pytest.mark.thorough)
        for each in CHAPTERS
    ],
)
def test_a_deck(chapter: str, folder: Path, page: Page, tmp_path: Path) -> None:
    present(page, folder / f"{chapter}.html")
    slides = [Shown(**each) for each in page.evaluate(_MEASURE, SMALLEST)]
    assert len(slides) > 20
    worst = max(slides, key=lambda slide: slide.bottom)
    keep(page, worst, Path(os.environ.get(SCREENSHOTS, tmp_path)) / f"slides-{chapter}.png")

    assert not [s for s in slides if s.right > WIDTH or s.bottom > MARKS]
    assert not [s for s in slides if s.hidden or s.empty or s.blind]
    assert not [(s.name, s.tiny) for s in slides if s.tiny]
    code = [line for s in slides for pre in s.folded for line in pre.splitlines()]
    assert not code or max(map(len, code)) > CODE_LETTERS

    cells = load(paths.SOLUTIONS / f"{chapter}.ipynb").cells
    assert not [s.name for s in slides if not s.notes]
    told = letters(" ".join(s.notes for s in slides))
    spoken = [cell.source for cell in cells if "instructor" in cell.metadata.get("tags", [])]
    assert not [text for text in spoken if letters(text.partition("**")[2]) not in told]
    ids = page.evaluate("[...document.querySelectorAll('section [id], section')].map(e => e.id)")
    named = [id for id in ids if id]
    assert len(named) == len(set(named))
    there = {cell.id for cell in cells if "instructor" not in cell.metadata.get("tags", [])}
    assert there <= set(named)
    live = " ".join(s.live for s in slides).replace(",", "").split()
    assert {cell.id for cell in cells if "stub" in cell.metadata.get("tags", [])} <= set(live)
    assert {cell.id for cell in cells if "course.play(" in cell.source} <= set(live)


def letters(text: str) -> str:
    """Leave out what Markdown and a browser may write otherwise: spaces, marks, quotes."""
    return re.sub(r"[^a-z0-9]", "", text.removeprefix("Speaker note.**").lower())


def keep(page: Page, slide: Shown, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    page.evaluate(
        "name => { const {h, v} = Reveal.getIndices(document.getElementById(name));"
        " Reveal.slide(h, v, 99); }",
        slide.name,
    )
    page.screenshot(path=file)


def test_what_a_cell_gave_comes_at_a_key_press(folder: Path, page: Page) -> None:
    present(page, folder / "04_parallel.html", "#/compare-run")
    given = page.locator("#compare-run .fragment")
    assert (given.text_content() or "").strip() == "True"
    assert not given.is_visible()
    page.keyboard.press("ArrowRight")
    assert given.is_visible()


def test_the_speaker_has_a_view_of_their_own(folder: Path, page: Page) -> None:
    present(page, folder / "04_parallel.html", "#/watch")
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    notes = opened.value.locator(".speaker-controls-notes .value")
    notes.get_by_text("Live in JupyterLab").wait_for()
    assert "watch" in notes.inner_text()


def test_a_deck_prints_a_slide_on_a_page(folder: Path, page: Page, tmp_path: Path) -> None:
    present(page, folder / "00_start_here.html")
    slides = page.evaluate("Reveal.getTotalSlides()")
    present(page, folder / "00_start_here.html", "?print-pdf")
    page.locator(".pdf-page").nth(slides - 1).wait_for(state="attached")
    assert page.locator(".pdf-page").count() == slides
