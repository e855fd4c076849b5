"""Binder and a devcontainer: their files' own commands, run here in a fresh copy of the course.

What they bring themselves, an image with Python and the packages of the lock, is taken from this
environment (see `tests.fresh`). Their hub is a JupyterLab at the path that JupyterHub gives to Ada.
"""

from __future__ import annotations

import base64
import http.client
import os
import re
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from course_lib import paths
from course_lib.server.ports import spare_port
from course_lib.server.processes import Record, Service
from tests.browser.jupyter import SECONDS, Notebook, Watch
from tests.browser.test_lab import SCREENSHOTS
from tests.fresh import Fresh, devcontainer

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="Binder and devcontainers are Linux"),
    pytest.mark.thorough,  # they install the course anew
]

PREFIX = "/user/ada/"
TOKEN = "only-ada-knows"
FIRST = "00_start_here.ipynb"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    fresh = Fresh.make(tmp_path_factory.mktemp("fresh"))
    yield fresh
    fresh.close()


# --- the devcontainer --------------------------------------------------------------------------


def test_the_devcontainer_sets_the_course_up_and_opens_it(fresh: Fresh) -> None:
    config = devcontainer()
    fresh.run(["sh", "-c", config["postCreateCommand"]], fresh.environment())
    assert (fresh.tree / ".venv" / ".ready").exists()
    command = ["sh", "-c", config["postAttachCommand"]]
    with fresh.started(command, fresh.environment(), signal.SIGINT) as opened:
        link = opened.wait_for(r"Open in your browser: (\S+)\s")
        assert f"/lab/tree/{FIRST}?" in link
        assert (fresh.tree / "workspace" / FIRST).exists()
        dashboard = opened.wait_for(r"dashboard: +(\S+)\s")
        assert dashboard.startswith("http://127.0.0.1:")  # a forwarded port needs nothing else
    assert "The course has stopped." in opened.said()


# --- Binder ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hub:
    """A learner's JupyterLab on Binder."""

    fresh: Fresh
    port: int

    @property
    def variables(self) -> dict[str, str]:
        """What a terminal has there."""
        return self.fresh.activated(JUPYTERHUB_SERVICE_PREFIX=PREFIX, COURSE_HUB_PAGE="1")

    def link(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{PREFIX}{path}?token={TOKEN}"

    def ask(self, path: str, **headers: str) -> tuple[int, str, bytes]:
        """Ask JupyterLab's server, and give status, whither it redirects, and its answer."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)) as line:
            line.request("GET", f"{PREFIX}{path}", headers=headers)
            answer = line.getresponse()
            return answer.status, answer.getheader("Location", ""), answer.read()

    def record(self) -> Record:
        record = Service("server", self.fresh.tree / "workspace" / ".course").record()
        assert record is not None
        return record


@pytest.fixture(scope="module")
def hub(fresh: Fresh) -> Iterator[Hub]:
    """Build and start as Binder does, by the files in `binder`."""
    built = fresh.run([".binder/postBuild"], fresh.activated())
    assert "[OK] a flow run is recorded and read back" in built
    port = spare_port()
    command = [".binder/start", "jupyter-lab", "--ip=127.0.0.1", f"--port={port}"]
    # As Binder's hub passes them, but for root and for a way to ask JupyterLab from outside.
    command += [f"--ServerApp.base_url={PREFIX}", f"--IdentityProvider.token={TOKEN}"]
    command += ["--allow-root", "--LabApp.expose_app_in_browser=True"]
    environment = fresh.activated(JUPYTERHUB_SERVICE_PREFIX=PREFIX)
    with fresh.started(command, environment, signal.SIGTERM) as opened:
        opened.wait_for(r"Jupyter Server \S+ is (running) at")
        yield Hub(fresh, port)


def test_binder_opens_chapter_00_and_shows_its_runs_on_the_dashboard(
    hub: Hub, browser: Browser
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    watch = Watch()
    watch.follow(page)
    page.set_default_timeout(SECONDS * 1000)
    notebook = Notebook.open(page, hub.link(binder_path()))
    first, *_ = cells = [cell["id"] for cell in notebook.cells if cell["cell_type"] == "code"]
    notebook.run(*cells[: cells.index("first-flow-table") + 1])
    ready = notebook.shown(first)
    expect(ready).to_contain_text("is ready. Dashboard: /user/ada/prefect")
    picture(page, "binder-notebook")
    assert not notebook.troubles()
    assert not watch.complaints
    with page.context.expect_page() as opening:
        ready.get_by_role("link", name="/user/ada/prefect").click()
    dashboard = opening.value
    dashboard.set_default_timeout(SECONDS * 1000)
    dashboard.get_by_role("link", name="Runs", exact=True).click()
    expect(dashboard.get_by_text("count-orders").first).to_be_visible(timeout=SECONDS * 1000)
    assert f"{PREFIX}proxy/absolute/{hub.record().port}/" in dashboard.url
    picture(dashboard, "binder-dashboard")
    # The older dashboard is served as well, and finds the same run.
    dashboard.get_by_text("Switch to V1 UI").click()
    dashboard.goto(f"{dashboard.url.partition('/absolute/')[0]}/absolute/{hub.record().port}/runs")
    expect(dashboard.get_by_text("count-orders").first).to_be_visible(timeout=SECONDS * 1000)
    page.context.close()


def test_without_a_path_chapter_00_opens_too(hub: Hub) -> None:
    ours = {"Authorization": f"token {TOKEN}"}
    status, whither, _ = hub.ask("", **ours)
    assert (status, whither.rstrip("?")) == (302, f"{PREFIX}lab/tree/{FIRST}")


def test_terminals_name_the_same_address(hub: Hub) -> None:
    assert "  dashboard  /user/ada/prefect\n" in hub.fresh.run(["course", "status"], hub.variables)


def test_nobody_without_the_token_gets_any_of_it(hub: Hub) -> None:
    ours = {"Authorization": f"token {TOKEN}"}
    assert hub.ask("prefect", **ours)[0] == 302  # by now the server answers
    port = hub.record().port
    socket = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
    }
    asked = ["prefect", f"proxy/absolute/{port}/", f"proxy/absolute/{port}/user/ada/x"]
    asked += [f"proxy/{port}/api/health", f"proxy/{port}/api/admin/settings"]
    for path in asked:
        status, whither, body = hub.ask(path)
        assert (status, body) == (302, b""), path
        assert whither.startswith(f"{PREFIX}login?"), path
    status, _, body = hub.ask(f"proxy/{port}/api/events/out", **socket)
    assert status == 403
    assert b"prefect" not in body.lower()
    assert hub.ask(f"proxy/{port}/api/health", **ours)[::2] == (200, b"true")


def test_the_link_starts_a_server_that_was_stopped(hub: Hub) -> None:
    hub.fresh.run(["course", "stop"], hub.variables)
    status, whither, _ = hub.ask("prefect", Authorization=f"token {TOKEN}")
    assert (status, whither) == (302, f"{PREFIX}proxy/absolute/{hub.record().port}/")


def binder_path() -> str:
    """Return what the README's link to Binder opens."""
    text = (paths.ROOT / "README.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"https://mybinder\.org/\S+\?urlpath=(\S+)", text)
    return str(found)


def picture(page: Page, name: str) -> None:
    """Keep a screenshot where somebody asked for them."""
    if folder := os.environ.get(SCREENSHOTS):
        page.screenshot(path=Path(folder) / f"{name}.png")
