"""JupyterLab in the learner's folder, connected to the course's Prefect server."""

import os
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from course_lib import beside, learner, paths, roll, server, session, workers, workspace
from course_lib.chapters import chapter_files
from course_lib.environment import LOOPBACK, child_environment
from course_lib.errors import CourseError
from course_lib.jupyterlab import JupyterLab
from course_lib.learner import Membership
from course_lib.signals import say, signals_set

_TRIES = 3  # it looks for a port, and takes it a second later


def lab(browser: bool | None = None, chapter: str | None = None) -> None:
    """Open the course in JupyterLab and return when it has ended, by Ctrl-C or in the browser.

    Who has joined a class gets no server of their own until a chapter asks for one.

    Whatever was started on the way has ended then, too: kernels, terminals, workers, and the
    Prefect server unless it ran before.

    Parameters
    ----------
    browser
        Open a browser; by default where there is a screen to show it.
    chapter
        Number of the chapter to open, by default the first.

    Raises
    ------
    CourseError
        If there is no such chapter, or JupyterLab or the server can't be started.
    """
    page = _page(chapter)
    for line in workspace.lay():
        say(line)
    joined = learner.membership()
    ran_before = server.alive() is not None
    had_workers = frozenset(worker.key for worker in workers.running())
    asked_to_end = threading.Event()
    with signals_set(asked_to_end), ThreadPoolExecutor(1) as pool:
        # A server of one's own takes longer to start than JupyterLab, so meanwhile:
        starting: Future[object] = pool.submit(
            partial(roll.ask, joined) if joined else server.ensure
        )
        try:
            if link := _class_link(joined) if joined else _own_link(starting, asked_to_end):
                shown = _has_screen(os.environ) if browser is None else browser
                _run(page, link, shown, starting, asked_to_end)
        finally:
            beside.stop_all()
            workers.stop_all(spared=had_workers)  # those that notebooks have started
            if not ran_before:
                _stop_server(starting)
    say("The course has stopped.")


def _page(chapter: str | None) -> str:
    if chapter is not None:
        return f"/lab/tree/{workspace.chapter(chapter).name}"
    first = next(iter(chapter_files(paths.NOTEBOOKS)), None)
    return f"/lab/tree/{first.name}" if first else "/lab"


@dataclass(frozen=True)
class _Link:
    """How to reach the Prefect server."""

    dashboard: str
    environment: Mapping[str, str]


def _class_link(joined: Membership) -> _Link:
    return _Link(joined.address, session.membership_environment(joined))


def _own_link(starting: Future[object], asked_to_end: threading.Event) -> _Link | None:
    """Give the link to the learner's own server, known long before that is ready."""
    while (record := server.alive()) is None:
        if starting.done():
            starting.result()  # raises why there is none
        if asked_to_end.wait(0.05):
            return None
    environment = child_environment(server.prefect_home(), record.port)
    return _Link(f"http://{LOOPBACK}:{record.port}", environment)


def _run(
    page: str,
    link: _Link,
    browser: bool,
    starting: Future[object],
    asked_to_end: threading.Event,
) -> None:
    for _ in range(_TRIES):
        with closing(JupyterLab(page, link.environment, browser)) as jupyter:
            if jupyter.is_ready(asked_to_end):
                opens = "JupyterLab opens in your browser. If it doesn't, go to"
                say(f"{opens if browser else 'Open in your browser'}: {jupyter.link}")
                say(f"Prefect's dashboard:  {link.dashboard}")
                say("Ctrl-C stops the course.")
                _attend(jupyter, starting, asked_to_end)
                say("Stopping the course ...")
            if asked_to_end.is_set() or jupyter.link:
                return
    log = JupyterLab.log_file()
    raise CourseError(f"JupyterLab could not start. What it said is in {log}.")


def _attend(jupyter: JupyterLab, starting: Future[object], asked_to_end: threading.Event) -> None:
    told = False
    while jupyter.is_running() and not asked_to_end.wait(0.2):
        if starting.done() and not told:
            told = True
            if error := starting.exception():
                say(str(error))


def _stop_server(starting: Future[object]) -> None:
    while not starting.done():  # whatever it has started, or will in a moment
        server.stop()
        time.sleep(0.1)
    server.stop()


def _has_screen(variables: Mapping[str, str]) -> bool:
    if variables.get("BROWSER"):
        return True  # chosen on purpose; editors set it where they forward it to another machine
    if "SSH_CONNECTION" in variables or "SSH_TTY" in variables:
        return False
    if os.name == "nt" or sys.platform == "darwin":
        return True
    return bool(variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY"))
