"""The link between this kernel and the Prefect server: the learner's own, or the class's."""

import os
import re
from importlib.metadata import version

from IPython import get_ipython
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.display import display

from course_lib.errors import CourseError
from course_lib.kernel import learner, roll
from course_lib.kernel.learner import Membership
from course_lib.kernel.tracebacks import shorten
from course_lib.server import environment, lifecycle, proxied
from course_lib.server.processes import Record

# Of the chapter in whose notebook this kernel runs, as Jupyter tells its kernels.
_NOTEBOOK = "JPY_SESSION_NAME"
_SHARED = {f"{number:02}" for number in range(1, 7)}  # the others make things with fixed names


def start() -> None:
    """Connect this kernel to the course's Prefect server, which is started where needed.

    Afterwards flows that are called in this kernel are recorded by that server. Call it once
    at the top of a chapter; again does no harm. Should the server stop later on, it is started
    anew before the next cell runs. Who has joined a class uses the class's server instead, in
    the chapters that suit it.

    Raises
    ------
    CourseError
        If the server can't be started, or the class's doesn't answer; the message says why and
        what to do.
    """
    record = _connect()
    shell = get_ipython()
    if shell:
        _adopt(shell)
    address = _address()
    ready = f"Prefect {version('prefect')} is ready. Dashboard:"
    if shell and not proxied.is_link(address):
        _show_link(address, ready)
    else:
        print(ready, address)
    if record is None:
        print(f"This is your class's server; your runs have the tag learner:{learner.me().id}.")
    elif trouble := proxied.trouble(record.port, record.pid):
        print(trouble)


def dashboard() -> str:
    """Give the address of Prefect's dashboard.

    On JupyterHub and Binder that is a path, which can't be clicked where it is printed. There,
    called in a notebook, this shows a link to it as well.

    Raises
    ------
    CourseError
        If `start` was not called before.
    """
    if _link is None:
        raise CourseError("This kernel is not connected yet: run course.start() first.")
    address = _address()
    if get_ipython() and not proxied.is_link(address):
        _show_link(address, "Dashboard:")
    return address


def _address() -> str:
    assert _link is not None
    return _link.address if isinstance(_link, Membership) else proxied.dashboard(_link)


def _show_link(address: str, text: str) -> None:
    shown = {"text/plain": f"{text} {address}", "text/html": proxied.link(address, text)}
    display(shown, raw=True)  # type: ignore[no-untyped-call]


_link: int | Membership | None = None  # the port of the learner's own server, or the class's
_lost = False  # the class's server was, when it was asked last


def _connect() -> Record | None:
    """Connect to the learner's own server and give its record, or to the class's, which has none."""
    global _link
    if joined := _class():
        roll.ask(joined)
        environment.adopt(membership_environment(joined))
        _link = joined
        roll.report_if_joined()
        return None
    record = lifecycle.ensure()
    _link = record.port
    environment.apply(lifecycle.prefect_home(), _link)
    return record


def membership_environment(joined: Membership) -> dict[str, str]:
    """Give the environment of processes of the learner that use the class's server."""
    home, who = lifecycle.prefect_home(), learner.me()
    return environment.class_environment(home, joined.address, joined.key, who.id)


def _class() -> Membership | None:
    """Give the class's server, where the learner has joined one and the chapter suits it."""
    joined = learner.membership()
    chapter = re.match(r"(\d\d)_", os.path.basename(os.environ.get(_NOTEBOOK, "")))
    return None if chapter and chapter[1] not in _SHARED else joined


def _adopt(shell: InteractiveShell) -> None:
    shorten(shell)
    if _heal not in shell.events.callbacks["pre_run_cell"]:
        shell.events.register("pre_run_cell", _heal)
        shell.events.register("post_run_cell", _explain)


def _heal(_info: object) -> None:
    try:
        wanted = _class()
        if wanted and wanted == _link:
            _look_after(wanted)
            return
        record = None if wanted else lifecycle.alive()
        if record is not None and record.port == _link:
            return
        before = _link
        _connect()
    except CourseError as error:
        print(error)
        return
    if isinstance(before, int) and isinstance(_link, int):
        print("The Prefect server had stopped, so it was started again. Your runs are kept.")
    else:
        print(f"This kernel uses another server now: {dashboard()}")


def _explain(result: ExecutionResult) -> None:
    """Below an error, say it if the class's server went while the cell ran."""
    if result.error_in_exec is not None and isinstance(_link, Membership) and not _lost:
        _look_after(_link)


def _look_after(joined: Membership) -> None:
    """Say it when the class's server has gone, and when it is back."""
    global _lost
    was_lost, _lost = _lost, not roll.answers(joined)
    if _lost:
        print(
            f"The class's server at {joined.address} doesn't answer, so a flow can't run now. "
            "Your notebooks and solved exercises are in your own folder. Wait for your "
            "instructor, or run `course leave` in a terminal to go on with a server of your own."
        )
    elif was_lost:
        print("The class's server answers again.")
        roll.report_if_joined()
