"""Workers: processes that look into a work pool for flow runs and start them."""

import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from urllib.parse import quote, unquote

import psutil
from filelock import FileLock

from course_lib import paths, server
from course_lib.environment import LOOPBACK, child_environment
from course_lib.processes import Record, Service, end_all, family

_NAME = "course"  # the worker's name in the dashboard
_PREFIX = "worker-"


class Worker:
    """A process worker of the course that serves a work pool.

    It goes on when the kernel ends, and ends with `stop`, ``course stop`` or ``course lab``.
    As a context manager it runs for the length of the block.

    Parameters
    ----------
    pool
        Name of a work pool. Where there is none of this name, a process work pool is made.
    name
        Of the worker, as the dashboard shows it. Two names are two workers.
    limit
        How many runs it does at once; any number by default.

    Examples
    --------
    >>> with course.Worker("morning"):
    ...     run_deployment("daily-report/by-hand")
    """

    def __init__(self, pool: str, name: str = _NAME, limit: int | None = None) -> None:
        self.pool, self.name, self.limit = pool, name, limit

    def __repr__(self) -> str:
        return f"<Worker of {self.pool!r}: {'running' if self.process else 'stopped'}>"

    def __enter__(self) -> "Worker":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def process(self) -> psutil.Process | None:
        """The running process, or None."""
        return self._service.process()

    @property
    def record(self) -> Record | None:
        """What was written down when it last started, or None."""
        return self._service.record()

    @property
    def log_file(self) -> Path:
        """What it printed since it started."""
        return self._service.log_file

    def log(self) -> list[str]:
        """Give what it printed since it started, line by line."""
        with suppress(FileNotFoundError):
            return self._service.said().splitlines()
        return []

    def start(self) -> "Worker":
        """Start it, and return once the server knows that it is there.

        Returns at once where it runs already. The server is started, too, if needed.

        Raises
        ------
        CourseError
            If the worker or the server can't be started; the message has its last words.
        """
        port = server.ensure().port
        service = self._service
        with FileLock(self.log_file.with_suffix(".lock")):
            if service.process() is None:
                began = time.time()
                command = [sys.executable, "-P", "-m", "prefect", "worker", "start"]
                command += ["--pool", self.pool, "--type", "process", "--name", self.name]
                command += [] if self.limit is None else ["--limit", str(self.limit)]
                command += ["--install-policy", "never"]  # the process worker is part of Prefect
                environment = child_environment(server.prefect_home(), port) | {
                    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "INFO"  # into its log file
                }
                service.start(command, environment, port, lambda: self._seen_since(began, port))
        return self

    def stop(self, timeout: float = 15) -> bool:
        """End it and the flow runs that it started; say whether it ran."""
        return self._service.stop(timeout)

    @property
    def _service(self) -> Service:
        parts = [self.pool] if self.name == _NAME else [self.pool, self.name]
        return Service(_PREFIX + "@".join(quote(part, safe="") for part in parts), _folder())

    def _seen_since(self, began: float, port: int) -> bool:
        import httpx  # late: it takes longer to import than all the rest of the course

        with suppress(httpx.HTTPError, ValueError):
            answer = httpx.post(
                f"http://{LOOPBACK}:{port}/api/work_pools/{quote(self.pool)}/workers/filter",
                json={},
                trust_env=False,
            )
            if answer.status_code == httpx.codes.OK:
                return any(
                    worker["name"] == self.name
                    and datetime.fromisoformat(worker["last_heartbeat_time"]).timestamp() > began
                    for worker in answer.json()
                )
        return False


def running() -> list[Worker]:
    """List the workers that run, by the names of their pools."""
    return [worker for worker in _known() if worker.process]


def stop_all(spared: frozenset[str] = frozenset()) -> int:
    """End all workers but those of the pools in `spared`; give their number."""
    stopped = [worker for worker in running() if worker.pool not in spared]
    # All at once: each may take its time.
    end_all([each for worker in stopped if worker.process for each in family(worker.process)])
    return len(stopped)


def _folder() -> Path:
    folder = paths.home() / "workers"
    folder.mkdir(exist_ok=True)
    return folder


def _known() -> Iterator[Worker]:
    for file in sorted(_folder().glob(f"{_PREFIX}*.json")):
        pool, _, name = file.stem.removeprefix(_PREFIX).partition("@")
        yield Worker(unquote(pool), unquote(name) or _NAME)
