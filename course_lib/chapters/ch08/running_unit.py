"""The process of a systemd unit, started and ended as systemd does it, without systemd."""

import configparser
import shlex
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from course_lib.server.processes import end_all, family
from course_lib.stoppable import Stoppable


class RunningUnit(Stoppable):
    """Runs what a unit of the project starts, in the project's folder and with this Python.

    >>> with RunningUnit(Path("project/deploy/shop-worker.service"), pool="night") as unit:
    ...     unit.ask_to_end()
    ...     unit.wait()

    Parameters
    ----------
    file
        The unit, in a folder of the project.
    pool
        Takes the place of the last word of its command.
    """

    def __init__(self, file: Path, pool: str) -> None:
        unit = configparser.ConfigParser(interpolation=None, strict=False)
        unit.read(file, encoding="utf-8")
        self._seconds = unit.getfloat("Service", "TimeoutStopSec")
        _, *words, _ = shlex.split(unit["Service"]["ExecStart"])
        self._started: list[psutil.Process] = []  # which may outlive the first process
        self._process = subprocess.Popen(
            [sys.executable, *words, pool],
            cwd=file.resolve().parents[1],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __repr__(self) -> str:
        return f"<RunningUnit: {'running' if self._process.poll() is None else 'stopped'}>"

    def ask_to_end(self) -> None:
        """Send signal 15 to the first process alone, as with ``KillMode=mixed``."""
        self._started = self._family()
        self._process.terminate()

    def wait(self) -> bool:
        """Wait for its end as long as the unit grants; say whether it came in time."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(self._seconds)
        return self._process.poll() is not None

    def stop(self) -> None:
        """End what is left of it."""
        end_all([*self._started, *self._family()])
        self._process.wait()

    def _family(self) -> list[psutil.Process]:
        with suppress(psutil.Error):
            if self._process.poll() is None:
                return family(psutil.Process(self._process.pid))
        return []
