"""Workers: processes that look for work on the server, and do it.

A `Worker` takes flow runs from a work pool, a `TaskWorker` the background runs of one task.
"""

import sys
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Self
from urllib.parse import quote, unquote

import psutil
from filelock import FileLock

from course_lib import paths
from course_lib.errors import CourseError
from course_lib.server import lifecycle
from course_lib.server.environment import LOOPBACK, child_environment
from course_lib.server.processes import Record, Service, end_all, family
from course_lib.stoppable import EndsWithBlock

_NAME = "course"  # the worker's name in the dashboard
_PREFIX, _TASK_PREFIX = "worker-", "tasks-"
_LIMIT = "--limit"
_LISTENS = "Subscribing to runs of task"  # in Prefect's words


class _Background(EndsWithBlock):
    """A process that looks for work; there is one for each `key`."""

    _prefix: str
    _told: tuple[str, ...]
    """The arguments that tell it from others of its kind."""

    @property
    def key(self) -> str:
        """What its files are called; it can be told again from their name."""
        return self._prefix + "@".join(quote(part, safe="") for part in self._told)

    def __enter__(self) -> Self:
        return self.start()

    @abstractmethod
    def start(self) -> Self:
        """Start it where it doesn't run yet, and return once it looks for work."""

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

    def stop(self, timeout: float = 15) -> bool:
        """End it and the processes that it started; say whether it ran."""
        return self._service.stop(timeout)

    @property
    def _service(self) -> Service:
        return Service(self.key, _folder())


class Worker(_Background):
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

    _prefix = _PREFIX

    def __init__(self, pool: str, name: str = _NAME, limit: int | None = None) -> None:
        self.pool, self.name, self.limit = pool, name, limit
        self._told = (pool,) if name == _NAME else (pool, name)

    def __repr__(self) -> str:
        return f"<Worker of {self.pool!r}: {'running' if self.process else 'stopped'}>"

    def start(self) -> Self:
        """Start it, and return once the server knows that it is there.

        Returns at once where it runs already. The server is started, too, if needed.

        Raises
        ------
        CourseError
            If the worker or the server can't be started; the message has its last words.
        """
        port = lifecycle.ensure().port
        service = self._service
        with FileLock(self.log_file.with_suffix(".lock")):
            if service.process() is None:
                began = time.time()
                command = [sys.executable, "-P", "-m", "prefect", "worker", "start"]
                command += ["--pool", self.pool, "--type", "process", "--name", self.name]
                command += [] if self.limit is None else [_LIMIT, str(self.limit)]
                command += ["--install-policy", "never"]  # the process worker is part of Prefect
                environment = child_environment(lifecycle.prefect_home(), port) | {
                    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "INFO"  # into its log file
                }
                service.start(command, environment, port, lambda: self._seen_since(began, port))
        return self

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


class TaskWorker(_Background):
    """The one process that does the background runs of a task: ``prefect task serve``.

    It goes on when the kernel ends, and ends with `stop`, ``course stop`` or ``course lab``.
    As a context manager it runs for the length of the block.

    Parameters
    ----------
    entrypoint
        File and name of the task, such as ``"back_office.py:write_letter"``. The path is made
        absolute: a relative one gives the task another key than an import does, and a worker
        with another key is never handed a run.

    Examples
    --------
    >>> with TaskWorker("back_office.py:write_letter"):
    ...     write_letter.delay("north").result()
    """

    _prefix = _TASK_PREFIX

    def __init__(self, entrypoint: str) -> None:
        file, _, self.task = entrypoint.rpartition(":")
        self.file = Path(file).resolve()
        self._told = (f"{self.file}:{self.task}",)

    def __repr__(self) -> str:
        return f"<TaskWorker of {self.task!r}: {'running' if self.process else 'stopped'}>"

    def start(self) -> Self:
        """Start it, and return once it listens for runs.

        Returns at once where it runs already; a changed file is read at the next start. The
        server is started, too, if needed.

        Raises
        ------
        CourseError
            If there is no such file, or it or the server can't be started; the message has its
            last words.
        """
        if not self.file.is_file():
            raise CourseError(f"There is no file {self.file} to take the task {self.task!r} from.")
        port = lifecycle.ensure().port
        service = self._service
        with FileLock(self.log_file.with_suffix(".lock")):
            if service.process() is None:
                command = [sys.executable, "-P", "-m", "prefect", "task", "serve", *self._told]
                environment = child_environment(lifecycle.prefect_home(), port) | {
                    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "INFO",  # into its log file
                    "PREFECT_CLI_COLORS": "false",
                }
                service.start(command, environment, port, lambda: _LISTENS in service.said())
        return self


def running() -> list[Worker | TaskWorker]:
    """List what runs: the workers by the names of their pools, then the task workers."""
    return [worker for worker in _known() if worker.process]


def stop_all(spared: frozenset[str] = frozenset()) -> int:
    """End all workers but those whose `key` is in `spared`; give their number."""
    stopped = [worker for worker in running() if worker.key not in spared]
    # All at once: each may take its time.
    end_all([each for worker in stopped if worker.process for each in family(worker.process)])
    return len(stopped)


def _folder() -> Path:
    folder = paths.home() / "workers"
    folder.mkdir(exist_ok=True)
    return folder


def _known() -> Iterator[Worker | TaskWorker]:
    kinds: dict[str, Callable[..., Worker | TaskWorker]]
    kinds = {_PREFIX: Worker, _TASK_PREFIX: TaskWorker}
    for prefix, kind in kinds.items():
        for file in sorted(_folder().glob(f"{prefix}*.json")):
            found = kind(*map(unquote, file.stem.removeprefix(prefix).split("@")))
            if isinstance(found, Worker):
                found.limit = _limit(found.process)  # a restart must give it the same
            yield found


def _limit(process: psutil.Process | None) -> int | None:
    with suppress(psutil.Error, ValueError):
        words = process.cmdline() if process else []
        return int(words[words.index(_LIMIT) + 1])
    return None
