"""A workspace of a test's own, with real servers, kernels and commands in it."""

import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from course_lib.server.processes import Record, Service, end_all, is_alive

SECONDS = 300.0  # the longest that anything may take; nothing waits longer than it must

# Waits to be ended, and does nothing else.
IDLE = [sys.executable, "-c", "import threading; threading.Event().wait()"]


class Kernel:
    """A kernel of this Python, as JupyterLab would start it."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.manager = KernelManager(
            kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[])
        )
        self.manager.start_kernel(
            env=environment,
            cwd=str(folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=SECONDS)

    def run(self, code: str, at_output: Callable[[], None] = lambda: None) -> str:
        """Run a cell and give all that it shows, an error's text included.

        `at_output` is called at each line that the cell prints.
        """
        said: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                said.append(content["text"])
                at_output()
            elif message["msg_type"] == "error":
                said.append("\n".join(content["traceback"]) + "\n")

        self.client.execute_interactive(
            code, timeout=SECONDS, output_hook=hear, allow_stdin=False, stop_on_error=False
        )
        return "".join(said)

    def restart(self) -> None:
        self.manager.restart_kernel(now=True)
        self.client.wait_for_ready(timeout=SECONDS)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


class Place:
    """A workspace, and whatever is started in it."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.service = Service("server", folder / ".course")
        self._variables = variables
        self._kernels: list[Kernel] = []

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a learner who has not started anything yet."""
        # That of this process may be connected to the server of the whole test run.
        base = {name: text for name, text in os.environ.items() if not name.startswith("PREFECT_")}
        own = {"COURSE_WORKSPACE": str(self.folder), "IPYTHONDIR": str(self.folder / "ipython")}
        return base | own | self._variables

    def command(self, *arguments: str) -> list[str]:
        program = shutil.which("course", path=sysconfig.get_path("scripts"))
        assert program is not None
        return [program, *arguments]

    def course(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the `course` command to its end."""
        return subprocess.run(
            self.command(*arguments),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    def kernel(self) -> Kernel:
        (self.folder / "ipython").mkdir(parents=True, exist_ok=True)
        kernel = Kernel(self.environment, self.folder)
        self._kernels.append(kernel)
        return kernel

    def record(self) -> Record:
        """Return what is written down about the server."""
        record = self.service.record()
        assert record is not None
        return record

    def processes(self) -> list[psutil.Process]:
        """List all that runs with this workspace, whoever started it."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                here = process.environ().get("COURSE_WORKSPACE") == str(self.folder)
                if here and is_alive(process):
                    found.append(process)
        return found

    def servers(self) -> list[psutil.Process]:
        """List the Prefect servers among them."""
        return [
            process
            for process in self.processes()
            if process.cmdline()[2:6] == ["-m", "prefect", "server", "start"]
        ]

    def close(self) -> None:
        for kernel in self._kernels:
            kernel.close()
        self.service.stop()
        end_all(self.processes())  # nothing, unless a test failed


@contextmanager
def place(folder: Path, **variables: str) -> Iterator[Place]:
    """Return a workspace, and end afterwards what was started in it."""
    here = Place(folder, **variables)
    try:
        yield here
    finally:
        here.close()


@contextmanager
def bystander() -> Iterator[psutil.Process]:
    """Start a process that is nobody's business but its owner's."""
    child = subprocess.Popen(IDLE)
    try:
        yield psutil.Process(child.pid)
    finally:
        child.kill()
        child.wait()


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition, as long as it takes on a busy machine."""
    latest = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < latest, f"{what} did not happen within {SECONDS:.0f} s"
        time.sleep(0.05)
