"""Workers: processes that look for work on the server, and do it.

A `Worker` takes flow runs from a work pool, a `TaskWorker` the background runs of one task.
"""

import json
import sys
import time
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import quote, unquote

import psutil
from filelock import FileLock

from course_lib import paths
from course_lib.errors import CourseError
from course_lib.server import lifecycle
from course_lib.server.environment import child_environment
from course_lib.server.internals import LISTENS
from course_lib.server.ports import ask
from course_lib.server.processes import Service, end_all, family
from course_lib.stoppable import Stoppable

_NAME = "course"  # the worker's name in the dashboard
_LIMIT = "--limit"


class _Background(Stoppable):
    """A process that looks for work; there is one for each `key`.

    It goes on when the kernel ends, and ends with `stop`, ``course stop`` or ``course lab``.
    As a context manager it runs for the length of the block.
    """

    _prefix: str
    """Of the names of its files."""
    _settings: ClassVar[dict[str, str]] = {}
    """For its process, beside those of all."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments  # which tell it from others of its kind

    @property
    def key(self) -> str:
        """What its files are called: prefix and arguments, so that `running` can make it anew."""
        return self._prefix + "@".join(quote(each, safe="") for each in self._arguments)

    def __enter__(self) -> Self:
        return self.start()

    def start(self) -> Self:
        """Start it where it doesn't run yet, and return once it looks for work.

        The server is started, too, if needed. A changed file is read at the next start. Where
        something can't be started, the `CourseError` has its last words.
        """
        port = lifecycle.ensure().port
        service = self._service
        environment = child_environment(lifecycle.prefect_home(), port) | {
            "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "INFO"  # into its log file
        }
        with FileLock(self.log_file.with_suffix(".lock")):
            if service.process() is None:
                began = time.time()
                command = [sys.executable, "-P", "-m", "prefect", *self._command()]
                service.start(
                    command,
                    environment | self._settings,
                    port,
                    lambda: self._is_ready(began, port),
                )
        return self

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _is_ready(self, began: float, port: int) -> bool: ...

    @property
    def process(self) -> psutil.Process | None:
        """The running process, or None."""
        return self._service.process()

    @property
    def log_file(self) -> Path:
        """What it printed since it started."""
        return self._service.log_file

    def log(self) -> list[str]:
        """Return what it printed since it started, line by line."""
        with suppress(FileNotFoundError):
            return self._service.output().splitlines()
        return []

    def stop(self, timeout: float = 15) -> bool:
        """End it and the processes that it started; say whether it ran."""
        return self._service.stop(timeout)

    @property
    def _service(self) -> Service:
        return Service(self.key, _folder())

    @property
    def _state(self) -> str:
        return "running" if self.process else "stopped"


class Worker(_Background):
    """A process worker of the course that serves a work pool, which is made where there is none.

    It goes on when the kernel ends, and ends with `stop`, ``course stop`` or ``course lab``.
    `name` is its own, as the dashboard shows it: two names are two workers. `limit` says how many
    runs it does at once; any number by default.

    >>> with course.Worker("morning"):
    ...     run_deployment("daily-report/by-hand")
    """

    _prefix = "worker-"

    def __init__(self, pool: str, name: str = _NAME, limit: int | None = None) -> None:
        self.pool, self.name, self.limit = pool, name, limit
        super().__init__(*([pool] if name == _NAME else [pool, name]))

    def __repr__(self) -> str:
        return f"<Worker of {self.pool!r}: {self._state}>"

    def _command(self) -> list[str]:
        command = ["worker", "start", "--pool", self.pool, "--type", "process"]
        command += ["--name", self.name]
        command += [] if self.limit is None else [_LIMIT, str(self.limit)]
        return [*command, "--install-policy", "never"]  # the process worker is part of Prefect

    def _is_ready(self, began: float, port: int) -> bool:
        """Say whether the server has heard of it since it began."""
        path = f"/api/work_pools/{quote(self.pool)}/workers/filter"
        headers = {"Content-Type": "application/json"}
        status, content = ask(port, path, "POST", headers, body="{}")
        return status == 200 and any(
            worker["name"] == self.name
            and datetime.fromisoformat(worker["last_heartbeat_time"]).timestamp() > began
            for worker in json.loads(content)
        )


class TaskWorker(_Background):
    """The one process that does the background runs of a task: ``prefect task serve``.

    It goes on when the kernel ends, and ends with `stop`, ``course stop`` or ``course lab``.
    The file's path is made absolute: so one file has one worker, no matter from which folder it is
    named, and ``course restart`` finds the file from any folder.

    >>> with TaskWorker("back_office.py:write_letter"):
    ...     write_letter.delay("north").result()
    """

    _prefix = "tasks-"
    _settings: ClassVar[dict[str, str]] = {"PREFECT_CLI_COLORS": "false"}

    def __init__(self, entrypoint: str) -> None:
        file, _, self.task = entrypoint.rpartition(":")
        self.file = Path(file).resolve()
        super().__init__(f"{self.file}:{self.task}")

    def __repr__(self) -> str:
        return f"<TaskWorker of {self.task!r}: {self._state}>"

    def start(self) -> Self:
        """Start it as a `Worker`; where there is no such file, the `CourseError` says so."""
        if not self.file.is_file():
            raise CourseError(f"There is no file {self.file} to take the task {self.task!r} from.")
        return super().start()

    def _command(self) -> list[str]:
        return ["task", "serve", *self._arguments]

    def _is_ready(self, began: float, port: int) -> bool:
        return LISTENS in self._service.output()


def work_pools(port: int) -> list[str]:
    """Return the names of the work pools of the server on `port`, sorted."""
    headers = {"Content-Type": "application/json"}
    status, content = ask(port, "/api/work_pools/filter", "POST", headers, body="{}")
    if status != 200:
        raise CourseError(
            f"The Prefect server did not list its work pools (status {status}): run `course doctor`."
        )
    return sorted(pool["name"] for pool in json.loads(content))


def running() -> list[Worker | TaskWorker]:
    """List what runs: the workers by the names of their pools, then the task workers."""
    return [worker for worker in _known() if worker.process]


def stop_all(spared: frozenset[str] = frozenset()) -> int:
    """End all workers but those whose `key` is in `spared`; return their number."""
    stopped = [worker for worker in running() if worker.key not in spared]
    # All at once: each may take its time.
    end_all([each for worker in stopped if worker.process for each in family(worker.process)])
    return len(stopped)


def _folder() -> Path:
    folder = paths.home() / "workers"
    folder.mkdir(exist_ok=True)
    return folder


def _known() -> Iterator[Worker | TaskWorker]:
    for pool, *name in _arguments_of(Worker):
        worker = Worker(pool, name[0] if name else _NAME)
        worker.limit = _limit(worker.process)  # a restart must give it the same
        yield worker
    for entrypoint, *_ in _arguments_of(TaskWorker):
        yield TaskWorker(entrypoint)


def _arguments_of(kind: type[_Background]) -> Iterator[list[str]]:
    for file in sorted(_folder().glob(f"{kind._prefix}*.json")):
        yield [unquote(each) for each in file.stem.removeprefix(kind._prefix).split("@")]


def _limit(process: psutil.Process | None) -> int | None:
    with suppress(psutil.Error, ValueError):
        words = process.cmdline() if process else []
        return int(words[words.index(_LIMIT) + 1])
    return None
