"""A class on this machine: N learners run chapters 01 to 06 at once. What does each of them cost?

    python tests/benchmarks/classroom.py N

Each learner is a real `course lab` in a workspace, and a kernel that runs the solved chapters one
after another from top to bottom. First one learner does it alone, then all at once; the last
kernels stay open for a while, which shows what an idle learner costs. Memory is PSS: a page that
several processes share counts for each by its part, so that sums are true.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import nbformat
import psutil
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from course_lib import paths
from course_lib.front_matter import chapter_files
from course_tools.classroom import table

CHAPTERS = ("01", "02", "03", "04", "05", "06")
CELL_SECONDS = 1800
IDLE_SECONDS = 30.0
MACHINE, RESERVE = 16 * 1024, 2 * 1024  # MiB: the whole, and what the system and its files get
MIB = 2**20


class Learner:
    """A workspace with a `course lab`, and kernels that run chapters."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        base = {name: text for name, text in os.environ.items() if not name.startswith("PREFECT_")}
        own = {"COURSE_WORKSPACE": str(folder), "IPYTHONDIR": str(folder / ".ipython")}
        self.environment = base | own

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Run `course lab` until Ctrl-C; it is ready when it tells of that."""
        program = shutil.which("course", path=sysconfig.get_path("scripts"))
        assert program is not None
        log = self.folder / "lab.log"
        with log.open("w") as stream:
            command = subprocess.Popen(
                [program, "lab", "--no-browser"],
                env=self.environment,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
        try:
            while "Ctrl-C stops" not in log.read_text():
                assert command.poll() is None, log.read_text()
                time.sleep(0.2)
            yield
        finally:
            command.send_signal(signal.SIGINT)
            command.wait()

    def learn(self, ends: threading.Barrier | None = None) -> float:
        """Run the chapters, give the seconds; then stay, if others are waited for."""
        began = time.monotonic()
        for number in CHAPTERS:
            file = next(f for f in chapter_files(paths.SOLUTIONS) if f.name.startswith(number))
            last = number == CHAPTERS[-1]
            self._run(file, ends if last else None)
            if last:
                return self._ended - began
        raise AssertionError

    def _run(self, file: Path, ends: threading.Barrier | None) -> None:
        notebook = nbformat.read(file, as_version=4)
        manager = AsyncKernelManager(
            kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[])
        )
        client = NotebookClient(
            notebook, km=manager, timeout=CELL_SECONDS, startup_timeout=CELL_SECONDS
        )
        quiet = subprocess.DEVNULL
        with client.setup_kernel(
            cleanup_kc=True, cwd=str(self.folder), env=self.environment, stdout=quiet, stderr=quiet
        ):
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
            self._ended = time.monotonic()
            if ends:
                ends.wait()  # all have finished
                ends.wait()  # and have been looked at


class Memory(threading.Thread):
    """Watches what the processes below this one use, once in two seconds."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._over = threading.Event()
        self._whose: dict[psutil.Process, tuple[str, str]] = {}
        self.samples: list[dict[tuple[str, str], float]] = []

    def run(self) -> None:
        while not self._over.wait(2):
            self.samples.append(self.look())

    def close(self) -> None:
        self._over.set()
        self.join()

    def look(self) -> dict[tuple[str, str], float]:
        """Return MiB by learner and kind of process."""
        found: dict[tuple[str, str], float] = defaultdict(float)
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error, OSError):
                if process not in self._whose:
                    self._whose[process] = _whose(process)
                found[self._whose[process]] += process.memory_full_info().pss / MIB
        return dict(found)

    def seconds(self) -> float:
        """Give the CPU seconds that all of them have used so far."""
        used = 0.0
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                used += sum(process.cpu_times()[:2])
        return used


def _whose(process: psutil.Process) -> tuple[str, str]:
    environ, command = process.environ(), " ".join(process.cmdline())
    workspace = Path(environ.get("COURSE_WORKSPACE", "")).name
    kinds = {
        "ipykernel_launcher": "kernel",
        "jupyterlab": "JupyterLab",
        "server start": "Prefect server",
        "course lab": "course lab",
    }
    return workspace, next((kind for part, kind in kinds.items() if part in command), "others")


def told(samples: list[dict[tuple[str, str], float]], learners: int) -> float:
    """Print the sample at which all together was largest; return MiB a learner."""
    largest = max(samples, key=lambda sample: sum(sample.values()))
    kinds: dict[str, float] = defaultdict(float)
    for (_, kind), size in largest.items():
        kinds[kind] += size
    for kind, size in sorted(kinds.items()):
        print(f"    {size / learners:6.0f} MiB  {kind} a learner")
    own = sum(kinds.values()) / learners
    singles = {whose for sample in samples for whose, _ in sample}
    peaks = [
        max(sum(size for (of, _), size in sample.items() if of == whose) for sample in samples)
        for whose in singles
    ]
    print(f"    {own:6.0f} MiB  a learner in all (largest of one: {max(peaks):.0f} MiB)")
    return own


def fit(own: float) -> int:
    """Say how many learners fit into the machine of which we speak."""
    return int((MACHINE - RESERVE) / own)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("learners", type=int, metavar="N")
    count: int = parser.parse_args().learners
    with (
        tempfile.TemporaryDirectory(prefix="course-class-", ignore_cleanup_errors=True) as folder,
        ExitStack() as open_,
    ):
        base = Path(folder)
        learners = [Learner(base / f"learner{number}") for number in range(count)]
        alone = 0.0
        if count > 1:
            with learners[0].at_work():
                alone = learners[0].learn()
            print(f"one learner alone: {alone:.0f} s", flush=True)
        for each in learners:
            open_.enter_context(each.at_work())
        memory = Memory()
        memory.start()
        ends = threading.Barrier(count + 1)
        with ThreadPoolExecutor(count) as pool:
            took = [pool.submit(each.learn, ends) for each in learners]
            while ends.n_waiting < count:  # a learner that failed never comes
                for future in took:
                    if future.done():
                        ends.abort()
                        future.result()
                time.sleep(0.5)
            ends.wait()
            memory.close()
            before = memory.seconds()
            time.sleep(IDLE_SECONDS)
            idle = memory.look()
            used = (memory.seconds() - before) / IDLE_SECONDS
            ends.wait()
            seconds = [future.result() for future in took]
        print(f"{count} at once: {min(seconds):.0f} to {max(seconds):.0f} s", end="")
        print(f", {max(seconds) / alone:.1f} times one alone" if alone else "")
        print("  while chapters run, at the worst moment:")
        busy = told(memory.samples, count)
        print("  idle, a chapter open:")
        rest = told([idle], count)
        print(f"    {100 * used / count:6.1f} %    of one core a learner")
        print(f"  into 16 GiB, with {RESERVE // 1024} of them kept free: ", end="")
        print(f"{fit(busy)} learners who all run a chapter, {fit(rest)} idle ones")
        solved = table.from_folders([base])
        wanted = [each for each in solved.exercises if each[:2] in CHAPTERS]
        done = sum(solved.solved(each) for each in wanted)
        print(f"  {done} of {count * len(wanted)} exercises solved")


if __name__ == "__main__":
    sys.exit(main())
