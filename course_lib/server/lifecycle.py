"""The one Prefect server of a learner, shared by all kernels on 127.0.0.1."""

import http.client
import json
import os
import shutil
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from course_lib import paths
from course_lib.errors import CourseError
from course_lib.server.environment import LOOPBACK, child_environment
from course_lib.server.processes import Record, Service

PREFERRED_PORT = 4200  # where people expect Prefect's dashboard
_START_SECONDS = 120.0
_SILENT_SECONDS = 60.0  # a busy machine makes a good server slow; others may be using it
_PORT_IS_TAKEN = "is already in use"  # in Prefect's words
_DATABASE = "prefect.db"
_MEMO = "memo_store.toml"  # remembers that the database holds the block types already


def prefect_home() -> Path:
    """Give the `PREFECT_HOME` of the course; it is made if missing."""
    folder = paths.home() / "prefect"
    folder.mkdir(exist_ok=True)
    return folder


def ensure() -> Record:
    """Give the running server, started first where there is none.

    However many kernels ask at the same time, one server starts and all get it. Costs a few
    milliseconds when it runs, and one start otherwise.

    Raises
    ------
    CourseError
        If no server could be started, or another process has been starting one for too long.
    """
    service = _service()
    if record := _running(service):
        return record
    lock = FileLock(service.folder / "server.lock")
    try:
        with lock.acquire(timeout=2 * _START_SECONDS):
            if record := _awaited(service):  # somebody else was faster
                return record
            service.stop()  # alive, but deaf
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
    """Give the server if it runs and answers; nothing is started."""
    return _running(_service())


def alive() -> Record | None:
    """Give the server if its process exists: quicker than `running`, and says less."""
    service = _service()
    return service.record() if service.process() else None


def release(record: Record) -> str | None:
    """Ask a server for its Prefect release; None where it doesn't say."""
    answer = _get(record.port, "/api/admin/version", timeout=_SILENT_SECONDS)
    return None if answer is None else answer.decode(errors="replace").strip().strip('"')


def log_file() -> Path:
    """Give the file that the server logs to."""
    return _service().log_file


def answers_from(port: int, home: Path) -> bool:
    """Say whether the server on `port` is healthy, and the one of this `PREFECT_HOME`.

    Another learner's may have taken the port a moment ago, which ours is about to find out.
    """
    if not _healthy(port):
        return False
    try:
        settings = json.loads(_get(port, "/api/admin/settings") or b"{}")
    except ValueError:
        return False
    return bool(settings.get("home") == str(home))


def lay_template(home: Path) -> bool:
    """Copy the template where there is no database yet; say whether there was none to copy."""
    if (home / _DATABASE).exists():
        return False
    template = _template()
    if not (template / _DATABASE).exists():
        return True
    for name in (_MEMO, _DATABASE):  # the database last: it is what the next start looks at
        part = home / f"{name}.part"
        shutil.copyfile(template / name, part)
        part.replace(home / name)
    return False


def command(port: int, through: str = "course_lib.server.patches") -> list[str]:
    """Return the command that starts a Prefect server on `port`, run by the module `through`."""
    start = [sys.executable, "-m", through, "prefect", "server", "start"]
    return [*start, "--host", LOOPBACK, "--port", str(port)]


def spare_port() -> int:
    """Give a port of 127.0.0.1 on which nobody listens."""
    with closing(socket.socket()) as any_port:
        any_port.bind((LOOPBACK, 0))
        return int(any_port.getsockname()[1])


def _service() -> Service:
    return Service("server", paths.home())


def _running(service: Service) -> Record | None:
    record = service.record()
    return record if record and service.process() and _healthy(record.port) else None


def _awaited(service: Service) -> Record | None:
    latest = time.monotonic() + _SILENT_SECONDS
    while service.process() and time.monotonic() < latest:
        if record := _running(service):
            return record
        time.sleep(0.1)
    return None


def _start(service: Service) -> Record:
    last = service.record()
    # The same port as before, so that kernels and browser tabs find the server again.
    wanted = [last.port] if last else []
    for port in _free_ports([*_promised(), *wanted, PREFERRED_PORT]):
        with _claimed(port) as is_ours:
            if is_ours and (record := _start_on(port, service)):
                return record
    raise CourseError("No free port was found on 127.0.0.1. Close some programs and try again.")


def _start_on(port: int, service: Service) -> Record | None:
    """Start the server there; None if somebody took the port in the meantime."""
    fresh = lay_template(prefect_home())
    environment = child_environment(prefect_home(), port)
    try:
        ready = partial(answers_from, port, prefect_home())
        service.start(command(port), environment, port, ready, timeout=_START_SECONDS)
    except CourseError:
        if _is_free(port) and _PORT_IS_TAKEN not in service.said():
            raise
        return None
    if fresh:
        _save_template(prefect_home())
    record = service.record()
    assert record is not None
    return record


@contextmanager
def _claimed(port: int) -> Iterator[bool]:
    """Claim a port until its server listens there, which takes seconds; say whether it is ours.

    A class on one machine starts many at once. The claim is the datagram port of that number,
    which no server needs: all see it, and it is gone when its owner is.
    """
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as claim:
        try:
            claim.bind((LOOPBACK, port))
        except OSError:
            yield False
        else:
            yield _is_free(port)


def _promised() -> list[int]:
    """Give the port of which this environment says that our server is there, or will be."""
    if os.environ.get("PREFECT_HOME") != str(prefect_home()):
        return []
    try:
        port = urlsplit(os.environ.get("PREFECT_API_URL", "")).port
    except ValueError:
        return []
    return [port] if port else []


def _healthy(port: int) -> bool:
    return _get(port, "/api/health") is not None


def _get(port: int, path: str, timeout: float = 5) -> bytes | None:
    # http.client knows no proxies, which is what we want on loopback.
    with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)) as connection:
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.read() if response.status == 200 else None
        except (OSError, http.client.HTTPException):
            return None


def _free_ports(wanted: list[int]) -> list[int]:
    return [port for port in dict.fromkeys([*wanted, spare_port()]) if _is_free(port)]


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        if sys.platform == "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:  # connections that a dead server left in TIME_WAIT don't count
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            probe.bind((LOOPBACK, port))
            return True
    return False


# A fresh database costs some 7 CPU seconds of migrations. The first server that has paid
# them leaves a copy beside the installed Prefect, and every later one starts from that.


def _template() -> Path:
    return Path(sys.prefix) / "share" / "prefect-course" / version("prefect")


def _save_template(home: Path) -> None:
    folder = _template()
    part = folder / f"part-{time.monotonic_ns()}"
    with suppress(OSError, sqlite3.Error):  # without one the next start is slower, that is all
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with (
                closing(sqlite3.connect(home / _DATABASE)) as source,
                closing(sqlite3.connect(part)) as copy,
            ):
                source.backup(copy)  # one consistent file, though the server is writing
            shutil.copyfile(home / _MEMO, folder / _MEMO)
            part.replace(folder / _DATABASE)
        finally:
            part.unlink(missing_ok=True)
