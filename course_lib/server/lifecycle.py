"""The one Prefect server of a learner, shared by all kernels on 127.0.0.1."""

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from course_lib import paths
from course_lib.errors import CourseError
from course_lib.files import replacing
from course_lib.server.environment import MEMO_STORE, child_environment
from course_lib.server.internals import PORT_IS_TAKEN
from course_lib.server.ports import LOOPBACK, ask, claimed, is_free, spare_port
from course_lib.server.processes import Record, Service
from course_lib.waiting import wait_until

PREFERRED_PORT = 4200  # where people expect Prefect's dashboard
_START_SECONDS = 300.0  # of sixteen learners on two busy cores, three waited more than 120
_SILENT_SECONDS = 60.0  # a busy machine makes a good server slow; others may be using it
_DATABASE = "prefect.db"


def prefect_home() -> Path:
    """Return the `PREFECT_HOME` of the course; it is made if missing."""
    folder = paths.home() / "prefect"
    folder.mkdir(exist_ok=True)
    return folder


def ensure() -> Record:
    """Return the running server, started first where there is none.

    However many kernels ask at the same time, one server starts and all get it. If none can be
    started, the `CourseError` says why.
    """
    if record := running():
        return record
    service = _service()
    try:
        with FileLock(service.folder / "server.lock", timeout=2 * _START_SECONDS):
            # Somebody else may have been faster.
            wait_until(lambda: running() or not service.process(), _SILENT_SECONDS)
            if record := running():
                return record
            service.stop()  # it may run all the same, but it doesn't answer
            return _start(service)
    except Timeout:
        raise CourseError(
            "Another program has been starting the Prefect server for minutes. "
            "Close other notebooks of the course and run `course restart`."
        ) from None


def stop() -> bool:
    """End the server that we started, and say whether it ran. The recorded runs stay."""
    return _service().stop()


def running() -> Record | None:
    """Return the server if it runs and answers; nothing is started."""
    service = _service()
    record = service.record()
    return record if record and service.process() and _is_healthy(record.port) else None


def alive() -> Record | None:
    """Return the server if its process exists: quicker than `running`, and says less."""
    service = _service()
    return service.record() if service.process() else None


def release(record: Record) -> str | None:
    """Ask a server for its Prefect release; None where it doesn't say."""
    status, answer = ask(record.port, "/api/admin/version", timeout=_SILENT_SECONDS)
    return answer.decode(errors="replace").strip().strip('"') if status == 200 else None


def log_file() -> Path:
    """Return the file that the server logs to."""
    return _service().log_file


def answers_from(port: int, home: Path) -> bool:
    """Say whether the server on `port` is healthy, and the one of this `PREFECT_HOME`.

    Another learner's may have taken the port a moment ago, which ours is about to find out.
    """
    if not _is_healthy(port):
        return False
    status, settings = ask(port, "/api/admin/settings")
    with suppress(ValueError):
        return status == 200 and json.loads(settings).get("home") == str(home)
    return False


def lay_template(home: Path) -> bool:
    """Copy the template where there is no database yet; say whether there was none to copy."""
    if (home / _DATABASE).exists():
        return False
    if not has_template():
        return True
    template = _template()
    for name in (MEMO_STORE, _DATABASE):  # the database last: it is what the next start looks at
        with replacing(home / name) as part:
            shutil.copyfile(template / name, part)
    return False


def command(port: int) -> list[str]:
    """Return the command that starts a Prefect server on `port`."""
    start = [sys.executable, "-P", "-m", "prefect", "server", "start"]
    return [*start, "--host", LOOPBACK, "--port", str(port)]


def _service() -> Service:
    return Service("server", paths.home())


def _is_healthy(port: int) -> bool:
    return ask(port, "/api/health")[0] == 200


def _start(service: Service) -> Record:
    last = service.record()
    # The same port as before, so that kernels and browser tabs find the server again.
    before = [last.port] if last else []
    for port in dict.fromkeys([*_promised(), *before, PREFERRED_PORT, spare_port()]):
        with claimed(port) as is_ours:
            if is_ours and (record := _start_on(port, service)):
                return record
    raise CourseError("No free port was found on 127.0.0.1. Close some programs and try again.")


def _start_on(port: int, service: Service) -> Record | None:
    """Start the server there; None if somebody took the port in the meantime."""
    home = prefect_home()
    ready = partial(answers_from, port, home)
    environment = child_environment(home, port)
    with _database(home) as is_empty:
        try:
            service.start(command(port), environment, port, ready, timeout=_START_SECONDS)
        except CourseError:
            if is_free(port) and PORT_IS_TAKEN not in service.output():
                raise
            return None
        if is_empty:
            _save_template(home)
    return service.record()


def _promised() -> list[int]:
    """Return the port of which this environment says that our server is there, or will be."""
    if os.environ.get("PREFECT_HOME") == str(prefect_home()):
        with suppress(ValueError):
            if port := urlsplit(os.environ.get("PREFECT_API_URL", "")).port:
                return [port]
    return []


# A fresh database costs some 7 CPU seconds of migrations. The first server that has paid
# them leaves a copy beside the installed Prefect, and every later one starts from that.


def has_template() -> bool:
    """Say whether new servers start from a copy, and not by migrations of their own."""
    return (_template() / _DATABASE).exists()


@contextmanager
def _database(home: Path) -> Iterator[bool]:
    """Lay the template, and yield whether there is none: the server then makes the tables.

    One server at a time makes them, and those that come meanwhile wait for its copy.
    """
    is_empty = lay_template(home)
    with ExitStack() as stack:
        if is_empty:
            with suppress(OSError, Timeout):  # where no copy can be kept, each makes its own
                _template().mkdir(parents=True, exist_ok=True)
                stack.enter_context(FileLock(_template() / "making.lock", timeout=_START_SECONDS))
            is_empty = lay_template(home)
        yield is_empty


def _template() -> Path:
    return Path(sys.prefix) / "share" / "prefect-course" / version("prefect")


def _save_template(home: Path) -> None:
    folder = _template()
    with (
        suppress(OSError, sqlite3.Error),  # without one the next start is slower, that is all
        replacing(folder / _DATABASE) as part,
    ):
        with (
            closing(sqlite3.connect(home / _DATABASE)) as source,
            closing(sqlite3.connect(part)) as copy,
        ):
            source.backup(copy)  # one consistent file, though the server is writing
        shutil.copyfile(home / MEMO_STORE, folder / MEMO_STORE)
