"""Background processes that we start, find again and stop: exactly those, and no others.

A process is known by its number *and* its start time, written to a file when it starts.
A number alone may long belong to somebody else.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from course_lib.errors import CourseError
from course_lib.files import replace_file
from course_lib.waiting import wait_until

_ERROR_LINE = re.compile(r"(?:\w+\.)*\w*(?:Error|Exception)\b.*")

# What two readings of one start time may differ by, in seconds: by the clock, where systems
# round differently, and counted from the start of the machine.
_BY_CLOCK, _SINCE_BOOT = 2.0, 0.1

# For Popen. The process must outlive the kernel or terminal that happened to start it, and not
# get its Ctrl-C. On Windows without a window, which DETACHED_PROCESS would give its children.
DETACHED: dict[str, object] = (
    {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}  # type: ignore[attr-defined]
    if os.name == "nt"
    else {"start_new_session": True}
)

# Processes whose parent we are: they must be polled, or they stay zombies when they end.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Record:
    """What we wrote down about a process."""

    pid: int
    started: float
    """Seconds since 1970."""
    port: int
    booted: float = 0.0
    """When the machine itself was started, in seconds since 1970."""

    def is_of(self, process: psutil.Process) -> bool:
        """Say whether `process` is the one that was recorded, not a later one of its number."""
        started, booted = process.create_time(), psutil.boot_time()
        # Where the clock was set since (a laptop or WSL that woke up), Linux moves both times.
        return (
            abs(started - self.started) < _BY_CLOCK
            or abs((started - booted) - (self.started - self.booted)) < _SINCE_BOOT
        )


@dataclass(frozen=True)
class Service:
    """A background process with a record and a log file, both in `folder`."""

    name: str
    """``server`` gives ``server.json`` and ``server.log``."""
    folder: Path
    title: str = ""
    """What messages call it, by default ``The Prefect`` and its name."""

    @property
    def record_file(self) -> Path:
        """The file that holds the `Record`, which outlives the process."""
        return self.folder / f"{self.name}.json"

    @property
    def log_file(self) -> Path:
        """What the process printed since it started."""
        return self.folder / f"{self.name}.log"

    def record(self) -> Record | None:
        """Read the record of the last process, which may have ended since."""
        try:
            return Record(**json.loads(self.record_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def process(self) -> psutil.Process | None:
        """Find the process if it still runs; somebody else's process is never returned."""
        record = self.record()
        if record is None:
            return None
        with suppress(psutil.Error):
            process = psutil.Process(record.pid)
            if is_alive(process) and record.is_of(process):
                return process
        return None

    def start(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        port: int,
        ready: Callable[[], bool],
        timeout: float = 120,
        **options: object,
    ) -> None:
        """Start the process, with more options for `Popen`, and return once `ready` says so.

        If it ends or isn't ready in time, in seconds, it is ended, and the `CourseError` has the
        last of what it printed.
        """
        title = self.title or f"The Prefect {self.name}"
        with self.log_file.open("wb") as log:  # a pipe that nobody reads would block it
            child = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                **({"cwd": self.folder} | DETACHED | options),  # type: ignore[call-overload]
            )
        _children[child.pid] = child
        process = psutil.Process(child.pid)
        try:
            self.adopt(process, port)
            if not wait_until(lambda: ready() or child.poll() is not None, timeout):
                words = self._last_words()
                raise CourseError(f"{title} was not ready after {timeout:.0f} s. {words}")
            if child.poll() is not None and not ready():
                raise CourseError(f"{title} could not start. {self._last_words()}")
        except BaseException:  # also when the learner interrupts the kernel
            end(process)  # not self.stop(): there may be no record of it yet
            raise

    def stop(self, timeout: float = 15) -> bool:
        """End the process and its children as `end` does; say whether there was one."""
        process = self.process()
        if process is None:
            return False
        end(process, timeout=timeout)
        return True

    def adopt(self, process: psutil.Process, port: int = 0) -> None:
        """Write down a process that runs, so that it is found again."""
        record = Record(process.pid, process.create_time(), port, psutil.boot_time())
        replace_file(self.record_file, json.dumps(asdict(record)))

    def output(self) -> str:
        """Return all that the process printed since it started."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def _last_words(self) -> str:
        lines = [line for line in self.output().splitlines() if line.strip()]
        # The error, where there is one: what follows it only says that it was the end.
        errors = [line for line in lines if _ERROR_LINE.match(line)]
        words = (errors or lines or ["nothing"])[-1].strip()
        return f"Its last words were: {words} (all of them: {self.log_file})"


def end(process: psutil.Process, timeout: float = 15) -> None:
    """End a process and its children: asked first, and made to after `timeout` seconds."""
    end_all(family(process), timeout=timeout)


def family(process: psutil.Process) -> list[psutil.Process]:
    """List a process and all that it started, as far as they run."""
    with suppress(psutil.Error):
        return [process, *process.children(recursive=True)]
    return [process]


def end_all(processes: Sequence[psutil.Process], timeout: float = 15) -> None:
    """End these very processes: asked first, and made to after `timeout` seconds."""
    for process in processes:
        with suppress(psutil.Error):
            process.terminate()
    for process in wait_for_end(processes, timeout):
        with suppress(psutil.Error):
            process.kill()
    wait_for_end(processes, timeout=5)


def wait_for_end(processes: Sequence[psutil.Process], timeout: float) -> list[psutil.Process]:
    """Wait until all have ended, and return those that still run after `timeout` seconds."""
    # psutil.wait_procs() would also wait for their parents, such as a kernel, to take notice.
    wait_until(lambda: not any(map(is_alive, processes)), timeout, pause=0.05)
    return [each for each in processes if is_alive(each)]


def is_alive(process: psutil.Process) -> bool:
    """Say whether it runs; one that has ended, unnoticed by its parent so far, doesn't."""
    if child := _children.get(process.pid):
        if child.poll() is None:
            return True
        _children.pop(process.pid, None)
    with suppress(psutil.Error):
        if process.status() != psutil.STATUS_ZOMBIE:
            return process.is_running()
        return process.num_threads() > 1  # which are about to end, and still hold its port
    return False
