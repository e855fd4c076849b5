"""What a learner has before them: `course lab` and its notebooks in a real browser."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Playwright

from course_lib.server.processes import family

SECONDS = 300.0  # for each single wait: a busy machine takes ten times as long as a quiet one
_WORKSPACE = "COURSE_WORKSPACE"
_FLAGS = (
    "--disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)

# --- processes ---------------------------------------------------------------------------------


def find_chromium() -> str | None:
    """Return the browser to use: the one chosen by $COURSE_CHROMIUM, or the first on the PATH."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("COURSE_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@contextmanager
def course_lab(workspace: Path, *options: str) -> Iterator[str]:
    """Run `course lab`, give the address that it prints, and end it as Ctrl-C does."""
    # The only thing that a learner hasn't got: a way to ask JupyterLab from outside.
    config = workspace / ".course" / "jupyter" / "config" / "jupyter_lab_config.json"
    config.parent.mkdir(parents=True)
    config.write_text('{"LabApp": {"expose_app_in_browser": true}}')
    said = workspace / ".course" / "said"
    with said.open("wb") as log:
        child = subprocess.Popen(
            [Path(sysconfig.get_path("scripts"), "course"), "lab", "--no-browser", *options],
            env=_environment(workspace),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        latest = time.monotonic() + SECONDS
        while not (found := re.search(r"(http://\S+[?&]token=\S+)\s", said.read_text())):
            assert child.poll() is None, f"course lab ended: {said.read_text()}"
            assert time.monotonic() < latest, f"course lab gave no address: {said.read_text()}"
            time.sleep(0.1)
        yield found[1]
    finally:
        child.send_signal(signal.SIGINT)
        code = child.wait(SECONDS)
    assert code == 0, said.read_text()


@contextmanager
def chromium(playwright: Playwright, executable: str, workspace: Path) -> Iterator[Browser]:
    """Run the browser, with a profile of its own that is gone afterwards."""
    browser = playwright.chromium.launch(
        executable_path=executable,
        env={**_environment(workspace)},
        args=_FLAGS.split(),
        chromium_sandbox=False,  # which root can't have, as in containers
    )
    try:
        yield browser
    finally:
        browser.close()


def processes(workspace: Path) -> list[psutil.Process]:
    """List what was started for this workspace, in whatever way, and all that came of it."""
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # somebody else's, or it has just ended
            if process.environ().get(_WORKSPACE) == str(workspace):
                found |= {member.pid: member for member in family(process)}
    return [process for process in found.values() if _runs(process)]


def left_of(started: list[psutil.Process]) -> list[psutil.Process]:
    """Wait for the end of these processes, and give those that don't end."""
    latest = time.monotonic() + SECONDS
    while (left := [process for process in started if _runs(process)]) and (
        time.monotonic() < latest
    ):
        time.sleep(0.1)
    return left


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        # In a container nobody may take notice of the end of orphans.
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _environment(workspace: Path) -> dict[str, str]:
    return {**os.environ, _WORKSPACE: str(workspace)}


# --- the page ----------------------------------------------------------------------------------


@dataclass
class Watch:
    """Collects what a page should not do."""

    complaints: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        """Listen to `page` from now on."""
        page.context.on("request", lambda request: self._request(request.url))
        page.on("websocket", lambda socket: self._request(socket.url))
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))

    def _request(self, url: str) -> None:
        # data: and blob: have no host
        if urlsplit(url).hostname not in (None, "127.0.0.1", "localhost"):
            self.complaints.append(f"request to {url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")


@dataclass(frozen=True)
class Picture:
    """An image as the page shows it, in CSS pixels."""

    cell: int
    source: str = field(repr=False)
    alt: str
    width: float
    height: float
    fits: bool
    """Within the cell's output, not cut off or to be scrolled."""


@dataclass(frozen=True)
class Notebook:
    """An open notebook. What it holds is read from JupyterLab's model, not from the page."""

    page: Page

    @classmethod
    def open(cls, page: Page, address: str, name: str | None = None) -> Notebook:
        """Open the printed address, or another notebook than the one that it names."""
        if name:
            address = re.sub(r"/lab/tree/[^?]+\?", f"/lab/tree/{name}?reset&", address)
        page.set_default_timeout(SECONDS * 1000)
        page.goto(address)
        wanted = urlsplit(address).path.rpartition("/")[2]
        page.wait_for_function(
            """wanted => {
                const panel = window.jupyterapp?.shell?.currentWidget;
                return panel?.context?.path === wanted && panel.context.isReady
                    && panel.sessionContext.isReady
                    && panel.sessionContext.session?.kernel?.status === 'idle';
            }""",
            arg=wanted,
        )
        return cls(page)

    @property
    def cells(self) -> list[dict[str, Any]]:
        """The cells as they would be saved now."""
        cells: list[dict[str, Any]] = self._do("panel.content.model.toJSON().cells")
        return cells

    def replace(self, cell_id: str, source: str) -> None:
        """Return a cell another source."""
        values = [self._index(cell_id), source]
        self._do("panel.content.model.sharedModel.getCell(value[0]).setSource(value[1])", values)

    def run_all(self) -> None:
        """Run all cells and wait for their end."""
        self._begin("notebook:run-all-cells")
        self.finish()

    def run(self, *cell_ids: str) -> None:
        """Run these cells, one after the other."""
        for cell_id in cell_ids:
            self.begin(cell_id)
            self.finish()

    def begin(self, cell_id: str) -> None:
        """Start a cell; `finish` waits for its end."""
        self._do("panel.content.activeCellIndex = value", self._index(cell_id))
        self._begin("notebook:run-cell")

    def finish(self) -> None:
        """Wait for the end of all that was started."""
        self._wait("window.ran")

    def shown(self, cell_id: str) -> Locator:
        """Scroll to a cell and give it as the page shows it."""
        cell = self.page.locator(f"[data-windowed-list-index='{self._index(cell_id)}']")
        cell.evaluate("cell => cell.scrollIntoView()")
        return cell

    def walk(self) -> Iterator[int]:
        """Scroll from the top to the last cell by steps; give the number of each stop."""
        self._scroll_to("0")
        for stop in range(200):
            yield stop
            if self._do("shown(panel.content.widgets.at(-1).node)"):
                return
            self._scroll_to("box.scrollTop + box.clientHeight * 0.85")
        raise AssertionError("the notebook has no end")

    def pictures(self) -> list[Picture]:
        """Return the images that can be seen without scrolling."""
        images = "[...panel.node.querySelectorAll('.jp-OutputArea img')]"
        seen = f"{images}.filter(image => image.checkVisibility() && shown(image))"
        self._wait(f"{seen}.every(image => image.complete)")
        found = self._do(
            f"""{seen}.map(image => {{
                const at = image.getBoundingClientRect();
                const output = image.closest('.jp-OutputArea-output');
                const cell = image.closest('[data-windowed-list-index]');
                return {{
                    cell: Number(cell.dataset.windowedListIndex),
                    source: image.src, alt: image.alt,
                    width: image.naturalWidth && at.width, height: at.height,
                    fits: at.right <= output.getBoundingClientRect().right + 1
                        && output.scrollWidth <= output.clientWidth + 1,
                }};
            }})"""
        )
        return [Picture(**each) for each in found]

    def troubles(self) -> list[str]:
        """Return the text of each dialog, notification and broken widget."""
        found = self.page.locator(".jp-Dialog, .Toastify__toast")
        broken = self.page.locator(".jupyter-widgets", has_text="Error displaying widget")
        return found.or_(broken.filter(visible=True)).all_inner_texts()

    def use_theme(self, name: str) -> None:
        """Change JupyterLab's theme, and wait until it is there."""
        self._do(
            "window.jupyterapp.commands.execute('apputils:change-theme', {theme: value})", name
        )
        self._wait(f"document.body.dataset.jpThemeName === '{name}'")

    def contrasts(self, cell_id: str, part: str) -> dict[str, float]:
        """Return each text in a part of a cell with its contrast to the ground, as WCAG defines it."""
        found: dict[str, float] = self.shown(cell_id).locator(part).evaluate(_CONTRASTS)
        return found

    def save(self) -> None:
        """Save the notebook, and wait until that is done."""
        self._do("panel.context.save()")

    def restart(self) -> None:
        """Restart the kernel, and wait until it is there."""
        self._do("panel.sessionContext.session.kernel.restart()")

    def _index(self, cell_id: str) -> int:
        return [cell["id"] for cell in self.cells].index(cell_id)

    def _begin(self, command: str) -> None:
        # The command's promise is kept as soon as one cell fails, though others still wait for
        # their turn. The kernel works in order: an empty request is answered after all of them.
        self._do(
            """{
                const kernel = panel.sessionContext.session.kernel;
                window.ran = false;
                window.jupyterapp.commands.execute(value)
                    .then(() => kernel.requestExecute({code: '', silent: true}).done)
                    .then(() => { window.ran = true; });
            }""",
            command,
        )

    def _scroll_to(self, top: str) -> None:
        box = "panel.node.querySelector('.jp-WindowedPanel-outer')"
        self._do(f"{{ const box = {box}; box.scrollTop = {top}; }}")

    def _do(self, script: str, value: object = None) -> Any:
        return self.page.evaluate(_script(script), value)

    def _wait(self, condition: str) -> None:
        self.page.wait_for_function(_script(condition))


# The colours as the browser computed them, each laid on what lies below it.
_CONTRASTS = """area => {
    const parts = colour => colour.match(/[\\d.]+/g).map(Number);
    const over = (above, below) => {
        const [alpha = 1] = above.slice(3);
        return below.map((value, at) => alpha * above[at] + (1 - alpha) * value);
    };
    const ground = element => {
        if (!element) return [255, 255, 255];
        const colour = parts(getComputedStyle(element).backgroundColor);
        return over(colour, colour[3] === undefined ? colour : ground(element.parentElement));
    };
    const light = colour => {
        const [r, g, b] = colour.map(value => value / 255)
            .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const walker = document.createTreeWalker(area, NodeFilter.SHOW_TEXT);
    const found = {};
    while (walker.nextNode()) {
        const {textContent: text, parentElement: element} = walker.currentNode;
        if (!text.trim() || !element.checkVisibility()) continue;
        const below = ground(element);
        const lights = [over(parts(getComputedStyle(element).color), below), below].map(light);
        found[text.trim()] = (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
    }
    return found;
}"""


def _script(body: str) -> str:
    if not body.startswith("{"):
        body = f"{{ return {body}; }}"
    return f"""value => {{
        const panel = window.jupyterapp.shell.currentWidget;
        const shown = element => {{
            const at = element.getBoundingClientRect();
            const view = panel.content.node.getBoundingClientRect();
            return at.bottom > view.top && at.top < view.bottom;
        }};
        {body}
    }}"""
