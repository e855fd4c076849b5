"""The link between this kernel and the course's Prefect server."""

from importlib.metadata import version

from course_lib import environment, server
from course_lib.errors import CourseError


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
    _heal_before_each_cell()
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


def _heal_before_each_cell() -> None:
    try:
        from IPython import get_ipython
    except ImportError:
        return
    if shell := get_ipython():
        registered = shell.events.callbacks["pre_run_cell"]
        if _heal not in registered:
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
