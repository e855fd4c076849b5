"""A class on this machine: N learners run chapters 01 to 06 at once. What does each of them cost?

    python tests/benchmarks/classroom.py N --own      each with a Prefect server
    python tests/benchmarks/classroom.py N --shared   all on one, on PostgreSQL

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

    def course(self, *arguments: str, **options: object) -> "subprocess.Popen[str]":
        program = shutil.which("course", path=sysconfig.get_path("scripts"))
        assert program is not None
        return subprocess.Popen([program, *arguments], env=self.environment, text=True, **options)  # type: ignore[call-overload]

    @contextmanager
    def running(self, *arguments: str) -> Iterator[None]:
        """Run a command of `course` until Ctrl-C; it is ready when it tells of that."""
        log = self.folder / f"{arguments[0]}.log"
        with log.open("w") as stream:
            command = self.course(*arguments, stdout=stream, stderr=stream, start_new_session=True)
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
        """Give MiB by learner (a workspace, or ``class``) and kind of process."""
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
    workspace = Path(environ.get("COURSE_WORKSPACE", "class")).name
    kinds = {
        "ipykernel_launcher": "kernel",
        "jupyterlab": "JupyterLab",
        "server start": "Prefect server",
        "postgres": "PostgreSQL",
        "course lab": "course lab",
        "course class": "course class",
    }
    return workspace, next((kind for part, kind in kinds.items() if part in command), "others")


def _forget_kept(folder: Path) -> None:
    for note in folder.glob("*.folder"):  # root's are outside of the workspace
        shutil.rmtree(note.read_text(), ignore_errors=True)


def told(samples: list[dict[tuple[str, str], float]], learners: int) -> tuple[float, float]:
    """Print the sample at which all together was largest; give MiB a learner, and shared."""
    largest = max(samples, key=lambda sample: sum(sample.values()))
    kinds: dict[tuple[bool, str], float] = defaultdict(float)
    for (whose, kind), size in largest.items():
        kinds[whose == "class", kind] += size
    for (shared, kind), size in sorted(kinds.items()):
        count = 1 if shared else learners
        print(f"    {size / count:6.0f} MiB  {kind}{', shared' if shared else ' a learner'}")
    shared = sum(size for (is_shared, _), size in kinds.items() if is_shared)
    own = (sum(kinds.values()) - shared) / learners
    singles = {whose for sample in samples for whose, _ in sample} - {"class"}
    peaks = [
        max(sum(size for (of, _), size in sample.items() if of == whose) for sample in samples)
        for whose in singles
    ]
    print(f"    {own:6.0f} MiB  a learner in all (largest of one: {max(peaks):.0f} MiB)")
    return own, shared


def fit(own: float, shared: float) -> int:
    """Say how many learners fit into the machine of which we speak."""
    return int((MACHINE - RESERVE - shared) / own)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("learners", type=int, metavar="N")
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--own", action="store_true", help="a Prefect server for each learner")
    way.add_argument("--shared", action="store_true", help="one for all, on PostgreSQL")
    args = parser.parse_args()
    count: int = args.learners
    with (
        tempfile.TemporaryDirectory(prefix="course-class-", ignore_cleanup_errors=True) as folder,
        ExitStack() as open_,
    ):
        base = Path(folder)
        learners = [Learner(base / f"learner{number}") for number in range(count)]
        if args.shared:
            teacher = Learner(base / "class")
            open_.callback(_forget_kept, base / "class" / ".course" / "class")
            open_.enter_context(teacher.running("class", "serve"))
            key = base / "class" / ".course" / "class" / "key"
            address = next(
                word for word in (base / "class/class.log").read_text().split() if "://" in word
            )
            for each in learners:
                assert each.course("join", address, "--key-file", str(key), stdout=-3).wait() == 0
        alone = 0.0
        if count > 1:
            with learners[0].running("lab", "--no-browser"):
                alone = learners[0].learn()
            print(f"one learner alone: {alone:.0f} s", flush=True)
        for each in learners:
            open_.enter_context(each.running("lab", "--no-browser"))
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
        print(f"    {100 * used / count:6.1f} %    of one core a learner, shared ones included")
        print(f"  into 16 GiB, with {RESERVE // 1024} of them kept free: ", end="")
        print(f"{fit(*busy)} learners who all run a chapter, {fit(*rest)} idle ones")
        solved = table.from_folders([base])
        wanted = [each for each in solved.exercises if each[:2] in CHAPTERS]
        done = sum(solved.solved(each) for each in wanted)
        print(f"  {done} of {count * len(wanted)} exercises solved")


if __name__ == "__main__":
    sys.exit(main())
