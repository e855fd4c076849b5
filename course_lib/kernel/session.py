"""The link between this kernel and the Prefect server."""

from importlib.metadata import version

from IPython import get_ipython
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from course_lib.errors import CourseError
from course_lib.kernel.tracebacks import shorten
from course_lib.server import environment, lifecycle, proxied
from course_lib.server.processes import Record


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
    record = _connect()
    shell = get_ipython()
    if shell:
        _adopt(shell)
    address = proxied.dashboard(record.port)
    ready = f"Prefect {version('prefect')} is ready. Dashboard:"
    if shell and not proxied.is_link(address):
        _show_link(address, ready)
    else:
        print(ready, address)
    if trouble := proxied.trouble(record.port, record.pid):
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
    if _port is None:
        raise CourseError("This kernel is not connected yet: run course.start() first.")
    address = proxied.dashboard(_port)
    if get_ipython() and not proxied.is_link(address):
        _show_link(address, "Dashboard:")
    return address


def _show_link(address: str, text: str) -> None:
    shown = {"text/plain": f"{text} {address}", "text/html": proxied.link(address, text)}
    display(shown, raw=True)  # type: ignore[no-untyped-call]


_port: int | None = None  # the server's, once connected


def _connect() -> Record:
    global _port
    record = lifecycle.ensure()
    _port = record.port
    environment.apply(lifecycle.prefect_home(), _port)
    return record


def _adopt(shell: InteractiveShell) -> None:
    shorten(shell)
    if _heal not in shell.events.callbacks["pre_run_cell"]:
        shell.events.register("pre_run_cell", _heal)


def _heal(_info: object) -> None:
    try:
        record = lifecycle.alive()
        if record is not None and record.port == _port:
            return
        _connect()
    except CourseError as error:
        print(error)
    else:
        print("The Prefect server had stopped, so it was started again. Your runs are kept.")
