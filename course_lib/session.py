"""The link between this kernel and the course's Prefect server."""

from importlib.metadata import version

from IPython import get_ipython
from IPython.core.interactiveshell import InteractiveShell

from course_lib import environment, server
from course_lib.errors import CourseError
from course_lib.tracebacks import shorten


def start() -> None:
    """Connect this kernel to the course's Prefect server, which is started where needed.

    Afterwards flows that are called in this kernel are recorded by that server. Call it once
    at the top of a chapter; again does no harm. Should the server stop later on, it is started
    anew before the next cell runs.

    Raises
    ------
    CourseError
        If the server can't be started; the message says why and what to do.
    """
    _connect()
    if shell := get_ipython():
        _adopt(shell)
    print(f"Prefect {version('prefect')} is ready. Dashboard: {dashboard()}")


def dashboard() -> str:
    """Give the address of Prefect's dashboard.

    Raises
    ------
    CourseError
        If `start` was not called before.
    """
    if _port is None:
        raise CourseError("This kernel is not connected yet: run course.start() first.")
    return f"http://{environment.LOOPBACK}:{_port}"


_port: int | None = None


def _connect() -> None:
    global _port
    _port = server.ensure().port
    environment.apply(server.prefect_home(), _port)


def _adopt(shell: InteractiveShell) -> None:
    shorten(shell)
    if _heal not in shell.events.callbacks["pre_run_cell"]:
        shell.events.register("pre_run_cell", _heal)


def _heal(_info: object) -> None:
    record = server.alive()
    if record is not None and record.port == _port:
        return
    try:
        _connect()
    except CourseError as error:
        print(error)
    else:
        print("The Prefect server had stopped, so it was started again. Your runs are kept.")
