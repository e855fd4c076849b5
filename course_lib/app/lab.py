"""JupyterLab in the learner's folder, connected to the course's Prefect server."""

import os
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass

import psutil
from filelock import FileLock, Timeout

from course_lib import paths
from course_lib.app import workspace
from course_lib.app.jupyterlab import JupyterLab, hub_environment, link_to_running, with_kernels
from course_lib.app.signals import say, signals_set
from course_lib.errors import CourseError
from course_lib.front_matter import chapter_files
from course_lib.language import choice
from course_lib.server import dashboard_link, lifecycle, side_servers, users, workers
from course_lib.server.environment import child_environment
from course_lib.server.ports import spare_port
from course_lib.server.processes import end_all

_INTERRUPTED = 130
_STOP_SECONDS = 5.0  # each of two; hubs kill what hasn't ended after some 20
# Each is for those who read the other language.
_LANGUAGE: dict[choice.Language, str] = {
    "en": "The course is in English. 中文版：course lab --language zh",
    "zh": "课程语言为中文。In English: course lab --language en",
}
_TRIES = 3  # it looks for a port, and takes it a second later


def lab(
    browser: bool | None = None, chapter: str | None = None, language: str | None = None
) -> None:
    """Open the course in JupyterLab and return when it has ended, by Ctrl-C or in the browser.

    Whatever was started on the way has ended then, too: kernels, terminals, workers, and the
    Prefect server unless it ran before or others use it. By default a browser is opened where
    there is a screen to show it, at the first chapter. Where a JupyterLab of the course runs
    already, that is opened, and this returns at once. A language that is named here, such as
    ``zh``, is kept for the next time; what the learner has written and solved stays.
    """
    page, before = _page(chapter), choice.current()
    if language:
        choice.choose(choice.parse(language))
    if dashboard_link.hub_prefix():
        _lay()
        raise CourseError(
            "You are in a hub's JupyterLab, and your browser reaches no second one: open "
            f"{paths.workspace() / page.rpartition('/')[2]} in this one."
        )
    if browser is None:
        browser = _has_screen(os.environ)
    with ExitStack() as starting:
        starting.enter_context(_one_at_a_time())
        if link := link_to_running(page if chapter else "/lab"):
            say(f"JupyterLab is already running at {link}")
            say("To stop the course, press Ctrl-C in the terminal that it was started from.")
            if choice.current() != before:
                say("Stop it, and start it again in the other language.")
            if browser:
                webbrowser.open(link)
            return
        with _session(lifecycle.ensure) as session:
            say(_LANGUAGE[choice.current()])
            say("Starting JupyterLab and the Prefect server ...")
            if port := session.port():
                _run(page, port, browser, session, starting.close)
    say(_farewell())


def _one_at_a_time() -> FileLock:
    """Wait until no other terminal is just starting JupyterLab, and return the lock that says so."""
    lock = FileLock(paths.home() / "jupyterlab.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say("Another terminal is just starting JupyterLab; waiting for it ...")
        lock.acquire()
    return lock


def _farewell() -> str:
    if lifecycle.alive() is None:
        return "The course has stopped."
    why = "something else uses it" if users.others() else "it ran before"
    return (
        f"JupyterLab has stopped. The Prefect server goes on, since {why}; `course stop` ends it."
    )


def around(command: Sequence[str], *, lazily: bool = False) -> int:
    """Run a command of others that starts JupyterLab, such as a hub's, and return its exit code.

    It runs in the learner's folder, where the chapters are laid, with the settings of the
    course and beside its Prefect server. What was started on the way ends with it. `lazily`, no
    server starts before a kernel asks for it: many learners may share this machine.
    """
    with _session(None if lazily else lifecycle.ensure) as session:
        try:
            # Lazily, a port that others don't have, so that it is true when the server comes.
            port = spare_port() if lazily else session.port()
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
        session.last(lambda: child.poll() is None)
        if child.poll() is None:
            members = with_kernels(psutil.Process(child.pid))
            child.terminate()  # alone at first, so that kernels can say goodbye
            with suppress(subprocess.TimeoutExpired):
                child.wait(_STOP_SECONDS)
            end_all(members, _STOP_SECONDS)
        code = child.wait()
        return code if code >= 0 else _INTERRUPTED


@dataclass(frozen=True)
class _Session:
    """What goes on while JupyterLab runs."""

    server_start: Future[object]
    asked_to_end: threading.Event

    def port(self) -> int | None:
        """Return the server's port, known long before it is ready; None if asked to end."""
        while (record := lifecycle.alive()) is None:
            if self.server_start.done():
                self.server_start.result()  # raises why there is none
            if self.asked_to_end.wait(0.05):
                return None
        return record.port

    def last(self, is_running: Callable[[], bool]) -> None:
        """Wait as long as something runs, or until asked to end."""
        told = False
        while is_running() and not self.asked_to_end.wait(0.2):
            if self.server_start.done() and not told:
                told = True
                if error := self.server_start.exception():
                    say(str(error))

    def stop_server(self) -> None:
        """Stop the server, also one that is about to start."""
        while not self.server_start.done():
            lifecycle.stop()
            time.sleep(0.1)
        lifecycle.stop()


@contextmanager
def _session(start_server: Callable[[], object] | None) -> Iterator[_Session]:
    """Lay the chapters and start the server; in the end, stop what was started in between.

    Where others use the server, that and what works for it stay.
    """
    _lay()
    users.enter(as_session=True)
    had_workers = frozenset(worker.key for worker in workers.running())
    asked_to_end = threading.Event()
    with signals_set(asked_to_end), ThreadPoolExecutor(1) as pool:
        # The server takes longer to start than JupyterLab, so meanwhile:
        session = _Session(pool.submit(start_server or (lambda: None)), asked_to_end)
        try:
            yield session
        finally:
            with users.leaving() as last:
                if not users.others():
                    side_servers.stop_all()
                    workers.stop_all(spared=frozenset() if last else had_workers)
                if last:
                    session.stop_server()


def _lay() -> None:
    for line in workspace.lay():
        say(line)


def _page(chapter: str | None) -> str:
    if chapter is not None:
        return f"/lab/tree/{workspace.chapter(chapter).name}"
    first = next(iter(chapter_files(paths.NOTEBOOKS)), None)
    return f"/lab/tree/{first.name}" if first else "/lab"


def _environment(port: int) -> dict[str, str]:
    return child_environment(lifecycle.prefect_home(), port)


def _run(
    page: str, port: int, browser: bool, session: _Session, on_start: Callable[[], object]
) -> None:
    for _ in range(_TRIES):
        with closing(JupyterLab(page, _environment(port), browser)) as jupyter:
            if jupyter.is_ready(session.asked_to_end):
                on_start()
                opens = "JupyterLab opens in your browser. If it doesn't, go to"
                say(f"{opens if browser else 'Open in your browser'}: {jupyter.link}")
                say(f"Prefect's dashboard:  {dashboard_link.address(port)}")
                say("Ctrl-C stops the course.")
                session.last(jupyter.is_running)
                say("Stopping the course ...")
            if session.asked_to_end.is_set() or jupyter.link:
                return
    log = JupyterLab.log_file()
    raise CourseError(f"JupyterLab could not start. What it said is in {log}.")


def _has_screen(variables: Mapping[str, str]) -> bool:
    if variables.get("BROWSER"):
        return True  # chosen on purpose; editors set it where they forward it to another machine
    if "SSH_CONNECTION" in variables or "SSH_TTY" in variables:
        return False
    if os.name == "nt" or sys.platform == "darwin":
        return True
    return bool(variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY"))
