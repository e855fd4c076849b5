"""The site as a reader has it: served over HTTP, in a browser that may ask nobody else."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect

from course_lib import paths
from course_lib.front_matter import chapters
from course_lib.language.choice import LANGUAGES
from course_tools.site import building
from tests.browser.jupyter import SECONDS, Watch

REPOSITORY = "owner/name"
CHAPTERS = chapters(paths.NOTEBOOKS)
NAMES = ["index", "cheatsheet", "instructor/guide", *(f"notebooks/{c.name}" for c in CHAPTERS)]
USUAL = ("index", "cheatsheet", "instructor/guide", "notebooks/02_flows", "notebooks/19_at_work")
PHONE, DESK = (390, 844), (1280, 900)
READABLE = 4.5  # the contrast that WCAG asks for, AA

# The contrast of each text in an output with what is painted below it.
_CONTRASTS = """selector => {
    const paint = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const rgba = color => {
        paint.clearRect(0, 0, 1, 1);
        paint.fillStyle = color;
        paint.fillRect(0, 0, 1, 1);
        return [...paint.getImageData(0, 0, 1, 1).data];
    };
    const light = color => rgba(color).slice(0, 3).map(part => part / 255)
        .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
    const ground = element => {
        const color = getComputedStyle(element).backgroundColor;
        return rgba(color)[3] || !element.parentElement ? color : ground(element.parentElement);
    };
    const written = [...document.querySelectorAll(selector)].filter(each => each.innerText.trim());
    return written.map(element => {
        const [dark, bright] = [getComputedStyle(element).color, ground(element)].map(light).sort();
        return (Math.max(dark, bright) + 0.05) / (Math.min(dark, bright) + 0.05);
    });
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("myst_nb") is None:
        pytest.skip("no Sphinx: `make site` adds it")
    folder = tmp_path_factory.mktemp("site") / "html"
    building.build(paths.ROOT, folder, repository=REPOSITORY, languages=LANGUAGES)
    return folder


@pytest.fixture(scope="module")
def parsed(site: Path) -> dict[Path, BeautifulSoup]:
    """Each file of HTML, read once: they hold their pictures."""
    return {
        path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.parts
    }


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and reports no request."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A new browser window, which must neither complain nor ask for anything elsewhere."""
    (width, height), theme = getattr(request, "param", (DESK, "light"))
    watch = Watch()
    with browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme
    ) as context:
        page = context.new_page()
        page.set_default_timeout(SECONDS * 1000)
        watch.follow(page)
        yield page
    assert not watch.complaints


def shown(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/{name}.html")


def test_each_link_leads_somewhere(site: Path, parsed: dict[Path, BeautifulSoup]) -> None:
    ids = {path: {each["id"] for each in soup.find_all(id=True)} for path, soup in parsed.items()}
    wrong, hosts = [], set()
    for path, soup in parsed.items():
        for link in soup.find_all("a", href=True):
            if host := urlsplit(link["href"]).hostname:
                hosts.add(host)
                continue
            file, fragment = urldefrag(link["href"])
            to = (path.parent / unquote(file)).resolve() if file else path
            if not to.is_file() or (fragment and unquote(fragment) not in ids.get(to, ())):
                wrong.append(f"{path.relative_to(site)}: {link['href']}")
    assert wrong == []
    assert "mybinder.org" in hosts
    assert {f"{name}.html" for name in NAMES} <= {
        f"{p.relative_to(site).as_posix()}" for p in parsed
    }


def test_what_a_page_loads_is_beside_it(site: Path, parsed: dict[Path, BeautifulSoup]) -> None:
    loaded = {
        (path, tag.get("src") or tag["href"])
        for path, soup in parsed.items()
        for tag in [*soup.find_all(src=True), *soup.find_all("link", href=True)]
    }
    files = [(path, to) for path, to in loaded if not to.startswith(("data:", "#"))]
    assert len(files) > len(NAMES)
    gone = [to for path, to in files if not (path.parent / urlsplit(to).path).is_file()]
    assert gone == [], "neither beside the page nor in it"


def test_a_link_between_chapters_leads_to_the_heading(address: str, page: Page) -> None:
    shown(page, address, "notebooks/07_deployments")
    page.locator("article a[href*='19_at_work.html#']").first.click()
    expect(page).to_have_title(re.compile("At work"))
    heading = page.get_by_role("heading", name="What is different here")
    expect(heading).to_be_in_viewport()


@pytest.mark.parametrize(
    "page",
    [(DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark")],
    ids=["desk light", "desk dark", "phone light", "phone dark"],
    indirect=True,
)
def test_the_pages(
    address: str, page: Page, pytestconfig: pytest.Config, request: pytest.FixtureRequest
) -> None:
    grounds = set()
    for name in NAMES if pytestconfig.option.thorough else USUAL:
        shown(page, address, name)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], f"{name} is {width} wide"  # type: ignore[index]
        blind = page.locator("article img").evaluate_all(
            """images => Promise.all(images.map(image => image.decode().then(() => image.alt)))"""
        )
        assert all(blind), f"{name}: a picture has no alt text"
        contrasts = page.evaluate(
            _CONTRASTS, "article :is(.cell_output, .hint) :is(td, th, div, summary)"
        )
        assert min(contrasts, default=READABLE) >= READABLE, name
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    (ground,) = grounds
    assert (ground == "rgb(255, 255, 255)") == ("light" in request.node.callspec.id)


def test_a_reader_chooses_the_theme(address: str, page: Page) -> None:
    shown(page, address, "notebooks/02_flows")
    for theme in ("Dark", "Light"):
        page.get_by_role("button", name="Color mode").click()
        page.get_by_role("button", name=theme, exact=True).click()
        page.reload()  # it is remembered
        expect(page.locator("html")).to_have_attribute("data-theme", theme.lower())


def test_a_chapter_has_its_pictures_widgets_and_hints(address: str, page: Page) -> None:
    shown(page, address, "notebooks/02_flows")
    assert page.locator(".cell_output img").count() >= 3
    expect(page.locator(".live")).to_contain_text("It is live in JupyterLab")
    hints = page.locator("details.hint")
    assert hints.count() >= 6
    text = hints.first.locator("p")
    expect(text).to_be_hidden()
    hints.first.locator("summary").click()
    expect(text).to_be_visible()
    binder = page.get_by_role("link", name="Open in Binder")
    expect(binder).to_have_attribute("href", re.compile(f"{REPOSITORY}/HEAD.*02_flows.ipynb$"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the notebook").click()
    saved = Path(download.value.path())
    assert saved.read_bytes() == (paths.NOTEBOOKS / "02_flows.ipynb").read_bytes()


def test_previous_and_next(address: str, page: Page) -> None:
    shown(page, address, "index")
    for chapter in CHAPTERS[:2]:
        page.locator("a.right-next").click()
        expect(page.locator("article h1")).to_contain_text(chapter.title)
    page.locator("a.left-prev").click()
    expect(page.locator("article h1")).to_contain_text(CHAPTERS[0].title)


def test_the_start_page_leads_to_each_chapter(address: str, page: Page) -> None:
    shown(page, address, "index")
    rows = page.locator("article table tbody tr")
    assert rows.count() == len(CHAPTERS)
    for at, chapter in enumerate(CHAPTERS):
        expect(rows.nth(at)).to_contain_text(chapter.can)
        link = rows.nth(at).get_by_role("link")
        expect(link).to_have_attribute("href", f"notebooks/{chapter.name}.html")


def test_search_finds_a_word(address: str, page: Page) -> None:
    shown(page, address, "index")
    page.keyboard.press("Control+k")
    page.keyboard.type("retry_delay_seconds")
    page.keyboard.press("Enter")
    found = page.locator("#search-results li a")
    expect(found.filter(has_text="01 · Tasks")).to_be_visible()
    found.filter(has_text="01 · Tasks").click()
    expect(page.locator("article h1")).to_contain_text("01 · Tasks")
