"""JupyterLab in the learner's folder, connected to the course's Prefect server."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress

import psutil

from course_lib import paths
from course_lib.app import workspace
from course_lib.app.jupyterlab import JupyterLab, hub_environment, with_kernels
from course_lib.app.signals import say, signals_set
from course_lib.chapters.ch16 import side_servers
from course_lib.errors import CourseError
from course_lib.front_matter import chapter_files
from course_lib.server import lifecycle, proxied, workers
from course_lib.server.environment import child_environment
from course_lib.server.processes import end_all

_INTERRUPTED = 130
_STOP_SECONDS = 5.0  # each of two; hubs kill what hasn't ended after some 20
_TRIES = 3  # it looks for a port, and takes it a second later


def lab(browser: bool | None = None, chapter: str | None = None) -> None:
    """Open the course in JupyterLab and return when it has ended, by Ctrl-C or in the browser.

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
        If there is no such chapter, JupyterLab or the server can't be started, or the learner's
        browser couldn't reach it.
    """
    page = _page(chapter)
    if proxied.prefix():
        for line in workspace.lay():
            say(line)
        raise CourseError(
            "You are in a hub's JupyterLab, and your browser reaches no second one: open "
            f"{paths.workspace() / page.rpartition('/')[2]} in this one."
        )
    with _course(lifecycle.ensure) as (starting, asked_to_end):
        if port := _port(starting, asked_to_end):
            shown = _has_screen(os.environ) if browser is None else browser
            _run(page, port, shown, starting, asked_to_end)
    say("The course has stopped.")


def around(command: Sequence[str], *, lazily: bool = False) -> int:
    """Run somebody else's command that starts JupyterLab, such as a hub's, and give its exit code.

    It runs in the learner's folder, where the chapters are laid, with the settings of the
    course and beside its Prefect server. What was started on the way ends with it.

    Parameters
    ----------
    lazily
        Start no server before a kernel asks for it: many learners may share this machine.

    Raises
    ------
    CourseError
        If there is no such command, or the learner's folder can't be written.
    """
    with _course(_nothing if lazily else lifecycle.ensure) as (starting, asked_to_end):
        try:
            # Lazily, a port that others don't have, so that it is true when the server comes.
            port = lifecycle.spare_port() if lazily else _port(starting, asked_to_end)
        except CourseError as error:
            say(str(error))  # JupyterLab is of use all the same: `start` tells it there, too
            port = lifecycle.PREFERRED_PORT
        if port is None:
            return _INTERRUPTED
        variables = hub_environment(_page(None), _environment(port))
        try:
            child = subprocess.Popen(command, env=variables, cwd=paths.workspace())
        except OSError as error:
            raise CourseError(f"{command[0]} can't be run: {error.strerror}.") from None
        _attend(lambda: child.poll() is None, starting, asked_to_end)
        if child.poll() is None:
            members = with_kernels(psutil.Process(child.pid))
            child.terminate()  # alone at first, so that kernels can say goodbye
            with suppress(subprocess.TimeoutExpired):
                child.wait(_STOP_SECONDS)
            end_all(members, _STOP_SECONDS)
        code = child.wait()
        return code if code >= 0 else _INTERRUPTED


@contextmanager
def _course(
    begin: Callable[[], object],
) -> Iterator[tuple[Future[object], threading.Event]]:
    """Lay the chapters and begin; in the end, stop what was started in between."""
    for line in workspace.lay():
        say(line)
    ran_before = lifecycle.alive() is not None
    had_workers = frozenset(worker.key for worker in workers.running())
    asked_to_end = threading.Event()
    with signals_set(asked_to_end), ThreadPoolExecutor(1) as pool:
        # The server takes longer to start than JupyterLab, so meanwhile:
        starting = pool.submit(begin)
        try:
            yield starting, asked_to_end
        finally:
            side_servers.stop_all()
            workers.stop_all(spared=had_workers)  # those that notebooks have started
            if not ran_before:
                _stop_server(starting)


def _nothing() -> None: ...


def _page(chapter: str | None) -> str:
    if chapter is not None:
        return f"/lab/tree/{workspace.chapter(chapter).name}"
    first = next(iter(chapter_files(paths.NOTEBOOKS)), None)
    return f"/lab/tree/{first.name}" if first else "/lab"


def _port(starting: Future[object], asked_to_end: threading.Event) -> int | None:
    """Return the server's port, which is known long before the server is ready."""
    while (record := lifecycle.alive()) is None:
        if starting.done():
            starting.result()  # raises why there is none
        if asked_to_end.wait(0.05):
            return None
    return record.port


def _environment(port: int) -> dict[str, str]:
    return child_environment(lifecycle.prefect_home(), port)


def _run(
    page: str,
    port: int,
    browser: bool,
    starting: Future[object],
    asked_to_end: threading.Event,
) -> None:
    for _ in range(_TRIES):
        with closing(JupyterLab(page, _environment(port), browser)) as jupyter:
            if jupyter.is_ready(asked_to_end):
                opens = "JupyterLab opens in your browser. If it doesn't, go to"
                say(f"{opens if browser else 'Open in your browser'}: {jupyter.link}")
                say(f"Prefect's dashboard:  {proxied.dashboard(port)}")
                say("Ctrl-C stops the course.")
                _attend(jupyter.is_running, starting, asked_to_end)
                say("Stopping the course ...")
            if asked_to_end.is_set() or jupyter.link:
                return
    log = JupyterLab.log_file()
    raise CourseError(f"JupyterLab could not start. What it said is in {log}.")


def _attend(
    is_running: Callable[[], bool], starting: Future[object], asked_to_end: threading.Event
) -> None:
    told = False
    while is_running() and not asked_to_end.wait(0.2):
        if starting.done() and not told:
            told = True
            if error := starting.exception():
                say(str(error))


def _stop_server(starting: Future[object]) -> None:
    while not starting.done():  # whatever it has started, or will in a moment
        lifecycle.stop()
        time.sleep(0.1)
    lifecycle.stop()


def _has_screen(variables: Mapping[str, str]) -> bool:
    if variables.get("BROWSER"):
        return True  # chosen on purpose; editors set it where they forward it to another machine
    if "SSH_CONNECTION" in variables or "SSH_TTY" in variables:
        return False
    if os.name == "nt" or sys.platform == "darwin":
        return True
    return bool(variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY"))
