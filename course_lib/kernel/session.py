"""The link between this kernel and the Prefect server."""

from importlib.metadata import version

from IPython import get_ipython
from IPython.display import display

from course_lib.errors import CourseError
from course_lib.kernel.tracebacks import shorten
from course_lib.language.messages import in_language
from course_lib.server import dashboard_link, environment, lifecycle, users
from course_lib.server.processes import Record

_port: int | None = None  # the server's, once connected


def start() -> None:
    """Connect this kernel to the course's Prefect server, which is started where needed.

    Afterwards flows that are called in this kernel are recorded by that server. Call it once
    at the top of a chapter; again does no harm. Should the server stop later on, it is started
    anew before the next cell runs. If it can't be started, the `CourseError` says why and what
    to do.
    """
    record = _connect()
    if shell := get_ipython():
        shorten(shell)
        if _reconnect not in shell.events.callbacks["pre_run_cell"]:
            shell.events.register("pre_run_cell", _reconnect)
    address = dashboard_link.address(record.port)
    ready = in_language(f"Prefect {version('prefect')} is ready. Dashboard:")
    if not _show_link(address, ready):
        print(ready, address)
    if trouble := dashboard_link.trouble(record.port, record.pid):
        print(in_language(trouble))


def dashboard() -> str:
    """Return the address of Prefect's dashboard.

    On JupyterHub and Binder that is a path, which can't be clicked where it is printed. There,
    called in a notebook, this shows a link to it as well. `start` must have been called before.
    """
    if _port is None:
        raise CourseError("This kernel is not connected yet: run course.start() first.")
    address = dashboard_link.address(_port)
    _show_link(address, in_language("Dashboard:"))
    return address


def _show_link(address: str, text: str) -> bool:
    """Show a link in a notebook where the address alone can't be clicked; say whether it was."""
    if not get_ipython() or dashboard_link.can_be_clicked(address):
        return False
    link = dashboard_link.as_html(address, text)
    display({"text/plain": f"{text} {address}", "text/html": link}, raw=True)  # type: ignore[no-untyped-call]
    return True


def _connect() -> Record:
    global _port
    users.enter()  # before it is asked for, so that whoever leaves just now doesn't end it
    record = lifecycle.ensure()
    _port = record.port
    environment.apply(lifecycle.prefect_home(), _port)
    return record


def _reconnect(_info: object) -> None:
    """Start the server again if it has stopped since the last cell."""
    try:
        record = lifecycle.alive()
        if record is not None and record.port == _port:
            return
        _connect()
    except CourseError as error:
        print(in_language(str(error)))
    else:
        print(
            in_language(
                "The Prefect server had stopped, so it was started again. Your runs are kept."
            )
        )
