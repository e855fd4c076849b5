"""A class in JupyterHub on this machine: learners run chapters 00 to 06. What does each cost?

    python -m tests.benchmarks.classroom LEARNERS [--chapters 00-06] [--minutes 25]

JupyterHub runs as `make class` starts it. Learners come one after the other. Each logs in, gets a
JupyterLab and in it opens chapter after chapter, runs the code cells of their own copy from top to
bottom and thinks between two of them; three of four write the solutions into the exercises. The
kernel of the chapter before stays open, older ones are shut down. First one learner does all of it
alone. Memory is PSS: a page that several processes share counts for each by its part, so that sums
are true. Nobody comes while less than 4 GiB are free, and all ends after that many minutes.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil

from course_lib import paths
from course_lib.front_matter import chapter_files
from tests.faults.hub import Hub, OpenNotebook, Visitor
from tests.faults.place import Place

MIB = 2**20
SPARED = 4 * 1024  # MiB that must be free for one learner more to come
SAMPLE_SECONDS = 10.0
TABLE_SECONDS = 300.0
IDLE_SECONDS = 30.0
LONG_CELL = 0.5  # seconds: the time of shorter ones is mostly that of the messages
KINDS = {
    "ipykernel_launcher": "kernels",
    "jupyterhub.singleuser": "JupyterLab",
    "course_tools.classroom.hub": "command around JupyterLab",
    "server start": "Prefect server",
    "configurable-http-proxy": "proxy",
}
HUB = ""  # in place of a learner's name


@dataclass(frozen=True)
class Cell:
    """A code cell as somebody runs it."""

    id: str
    source: str
    may_fail: bool


@dataclass
class Learner:
    """One who works through the chapters."""

    name: str
    solves: bool
    think_seconds: float
    took: dict[tuple[str, str], float] = field(default_factory=dict)
    """Seconds by chapter and cell."""
    troubles: list[str] = field(default_factory=list)
    lab_seconds: float = 0.0
    chapter: str = "-"
    done: bool = False

    def attend(self, hub: Hub, chapters: Sequence[Path], over: threading.Event) -> None:
        """Log in and work, until all is done or the lesson is over."""
        try:
            began = time.monotonic()
            visitor = Visitor(hub, self.name, hub.password)
            visitor.page.raise_for_status()
            visitor.use_token()
            visitor.start_server()
            self.lab_seconds = time.monotonic() - began
            before: OpenNotebook | None = None
            for master in chapters:
                if over.is_set():
                    return
                now = visitor.open(master.name)
                self.chapter = master.name[:2]
                self._work(now, cells(visitor, master, self.solves), over)
                if before:
                    before.shut_down()
                before = now
            self.done = not over.is_set()
        except Exception as error:
            self.troubles.append(f"{self.name} in {self.chapter}: {error!r}")

    def _work(self, notebook: OpenNotebook, plan: Sequence[Cell], over: threading.Event) -> None:
        pause = random.Random(self.name)
        for cell in plan:
            if over.wait(pause.uniform(0, 2 * self.think_seconds)):
                return
            began = time.monotonic()
            _, error = notebook.run(cell.source)
            self.took[self.chapter, cell.id] = time.monotonic() - began
            if error and not cell.may_fail:
                self.troubles.append(f"{self.name} in {self.chapter}, {cell.id}: {error[:300]}")


def cells(visitor: Visitor, master: Path, solves: bool) -> list[Cell]:
    """List what a learner runs: their copy's cells and, behind a stub, the solution they write."""
    path = f"/user/{visitor.name}/api/contents/{master.name}?type=notebook&content=1"
    content = visitor.ask("GET", path).raise_for_status().json()["content"]
    own = {cell["id"]: "".join(cell["source"]) for cell in content["cells"]}
    plan = []
    for cell in nbformat.read(master, as_version=4).cells:
        tags = cell.metadata.get("tags", [])
        source = own.get(cell.id, cell.source if solves and "solution" in tags else None)
        if cell.cell_type == "code" and source is not None:
            plan.append(Cell(cell.id, source, "raises-exception" in tags))
    return plan


@dataclass(frozen=True)
class Sample:
    """What was in use at one moment."""

    sizes: dict[tuple[str, str], float]
    """MiB by learner and kind of process."""
    counts: Counter[tuple[str, str]]
    available: float
    load: float

    def learners(self) -> dict[str, float]:
        """Return MiB by learner."""
        return _summed(self.sizes, 0)


class Watch(threading.Thread):
    """Looks at the processes of the class, again and again."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self._folder = folder
        self._over = threading.Event()
        self._whose: dict[psutil.Process, tuple[str, str]] = {}
        self._seconds: dict[psutil.Process, float] = {}
        self.samples: list[Sample] = []

    def run(self) -> None:
        """Look until it is closed."""
        while not self._over.wait(SAMPLE_SECONDS):
            self.look()

    def close(self) -> None:
        """End it."""
        self._over.set()
        self.join()

    def look(self) -> Sample:
        """Look once."""
        sizes: dict[tuple[str, str], float] = defaultdict(float)
        counts: Counter[tuple[str, str]] = Counter()
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if whose := self._whose.get(process) or self._owner(process):
                    self._whose[process] = whose
                    sizes[whose] += process.memory_full_info().pss / MIB
                    counts[whose] += 1
                    self._seconds[process] = sum(process.cpu_times()[:2])
        available = psutil.virtual_memory().available / MIB
        sample = Sample(dict(sizes), counts, available, os.getloadavg()[0])
        self.samples.append(sample)
        return sample

    def seconds(self) -> dict[tuple[str, str], float]:
        """Return CPU seconds by learner and kind; of a process that ended, those last seen."""
        used: dict[tuple[str, str], float] = defaultdict(float)
        for process, seconds in self._seconds.items():
            used[self._whose[process]] += seconds
        return dict(used)

    def _owner(self, process: psutil.Process) -> tuple[str, str] | None:
        environ, command = process.environ(), " ".join(process.cmdline())
        kind = next((kind for part, kind in KINDS.items() if part in command), "others")
        home = Path(environ.get("HOME", ""))
        if home.parent == self._folder:
            return home.name, kind
        if environ.get("COURSE_HUB_LEARNERS") == str(self._folder):
            return HUB, "JupyterHub" if kind == "others" else kind
        return None


def _summed(values: dict[tuple[str, str], float], part: int) -> dict[str, float]:
    """Sum by learner (part 0) or by kind (1), of the learners' processes."""
    found: dict[str, float] = defaultdict(float)
    for whose, value in values.items():
        if whose[0] != HUB:
            found[whose[part]] += value
    return dict(found)


class Lesson:
    """A class at work, and what was seen of it."""

    def __init__(self, hub: Hub, chapters: Sequence[Path], minutes: float) -> None:
        self.hub, self.chapters, self.seconds = hub, chapters, 60 * minutes
        self.watch = Watch(hub.folder)
        self.came: list[Learner] = []
        self.began = time.monotonic()

    def run(self, learners: Sequence[Learner], stagger: float) -> None:
        """Have them all work, one starting after the other; print how it goes."""
        over = threading.Event()
        self.watch.start()
        with ThreadPoolExecutor(len(learners)) as pool:
            try:
                self._fill(pool, learners, stagger, over)
            finally:
                over.set()
                self.watch.close()

    def _fill(
        self,
        pool: ThreadPoolExecutor,
        learners: Sequence[Learner],
        stagger: float,
        over: threading.Event,
    ) -> None:
        """Send them in, and return when all are done or the time is up."""
        futures: list[Future[None]] = []
        table_at = TABLE_SECONDS
        while (passed := time.monotonic() - self.began) < self.seconds:
            waiting = learners[len(self.came) :]
            if waiting and passed >= stagger * len(self.came):
                free = psutil.virtual_memory().available / MIB
                if free < SPARED:
                    print(f"  {free:.0f} MiB are free: {len(waiting)} don't come", flush=True)
                    learners = learners[: len(self.came)]
                    continue
                self.came.append(waiting[0])
                futures.append(pool.submit(waiting[0].attend, self.hub, self.chapters, over))
            elif not waiting and all(future.done() for future in futures):
                return
            if passed >= table_at:
                table_at += TABLE_SECONDS
                self.tell_progress()
            time.sleep(0.5)

    def tell_progress(self) -> None:
        """Print where they are, and what the instructor sees."""
        minutes = (time.monotonic() - self.began) / 60
        where = Counter(each.chapter for each in self.came)
        last = self.watch.samples[-1]
        print(f"\n  after {minutes:.0f} minutes: chapters {dict(sorted(where.items()))}, ", end="")
        print(f"load {last.load:.0f}, {last.available:.0f} MiB free", flush=True)
        began = time.monotonic()
        shown = Place(self.hub.folder / "teacher").course("class", "show", str(self.hub.folder))
        print("    " + (shown.stdout + shown.stderr).rstrip().replace("\n", "\n    "))
        print(f"    (course class took {time.monotonic() - began:.1f} s)", flush=True)

    def tell(self) -> None:
        """Print what it took."""
        samples = self.watch.samples
        worst = max(samples, key=lambda sample: sum(sample.learners().values()))
        busy = len(worst.learners())
        print(f"  memory, MiB a learner, at the worst moment ({busy} learners):")
        for line in _by_kind(worst, busy):
            print(line)
        peaks = [
            max(sample.learners().get(each.name, 0.0) for sample in samples) for each in self.came
        ]
        print(f"    most of one: {statistics.median(peaks):.0f} (median), {max(peaks):.0f} (most)")
        kernel = [
            size / sample.counts[whose]
            for sample in samples
            for whose, size in sample.sizes.items()
            if whose[1] == "kernels"
        ]
        print(f"    one kernel: {statistics.median(kernel):.0f} (median), {max(kernel):.0f} (most)")
        hub = sum(size for (who, _), size in worst.sizes.items() if who == HUB)
        print(f"    JupyterHub and its proxy, once: {hub:.0f}")
        print(f"    least free memory: {min(sample.available for sample in samples):.0f}")
        loads = [sample.load for sample in samples]
        print(f"  load average: {statistics.mean(loads):.0f} (mean), {max(loads):.0f} (most)")
        used = self.watch.seconds()
        print("  CPU seconds a learner:")
        for kind, seconds in sorted(_summed(used, 1).items()):
            print(f"    {seconds / len(self.came):7.1f}  {kind}")
        print(f"    {sum(_summed(used, 1).values()) / len(self.came):7.1f}  in all")
        hub = sum(seconds for (who, _), seconds in used.items() if who == HUB)
        print(f"    {hub:7.1f}  JupyterHub and its proxy, in all")
        starts = [each.lab_seconds for each in self.came if each.lab_seconds]
        print(f"  seconds from login to JupyterLab: {_range(starts)}")
        firsts = [next(iter(each.took.values())) for each in self.came if each.took]
        print(f"  seconds of the first cell, which starts the server: {_range(firsts)}")
        cells = [seconds for each in self.came for seconds in each.took.values()]
        print(f"  {sum(each.done for each in self.came)} of {len(self.came)} finished, ", end="")
        print(f"{len(cells)} cells, the longest {max(cells, default=0):.0f} s")
        troubles = [trouble for each in self.came for trouble in each.troubles]
        print(f"  {len(troubles)} failures")
        for trouble in troubles:
            print(f"    {trouble}")

    def compare(self, alone: Learner) -> None:
        """Print how much longer cells took than with one learner alone."""
        both = [
            (seconds, alone.took[cell], cell)
            for each in self.came
            for cell, seconds in each.took.items()
            if cell in alone.took
        ]
        whole = sum(now for now, _, _ in both) / sum(then for _, then, _ in both)
        ratios = sorted(now / then for now, then, _ in both if then >= LONG_CELL)
        print(f"  all cells together: {whole:.1f} times as long as one learner alone;")
        print(f"  cells that take one alone {LONG_CELL} s or more: {_range(ratios)} times")

    def tell_idle(self) -> None:
        """Wait, and print what they take who do nothing."""
        before = _summed(self._looked()[1], 0)
        time.sleep(IDLE_SECONDS)
        sample, used = self._looked()
        count = len(sample.learners())
        per_cent = 100 * (sum(_summed(used, 0).values()) - sum(before.values())) / IDLE_SECONDS
        print(f"  idle, MiB a learner ({count} learners):")
        for line in _by_kind(sample, count):
            print(line)
        print(f"    {per_cent / count:.1f} % of one core a learner")

    def _looked(self) -> tuple[Sample, dict[tuple[str, str], float]]:
        return self.watch.look(), self.watch.seconds()


def _by_kind(sample: Sample, count: int) -> Iterator[str]:
    counts = _summed({whose: float(number) for whose, number in sample.counts.items()}, 1)
    for kind, size in sorted(_summed(sample.sizes, 1).items()):
        yield f"    {size / count:7.0f}  {kind} ({counts[kind] / count:.1f} processes)"
    yield f"    {sum(sample.learners().values()) / count:7.0f}  in all"


def _range(values: Sequence[float]) -> str:
    if len(values) < 2:
        return f"{sum(values):.1f}"
    nine_of_ten = statistics.quantiles(values, n=10)[-1]
    median = statistics.median(values)
    return f"{median:.1f} (median), {nine_of_ten:.1f} (nine of ten), {max(values):.1f} (most)"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("learners", type=int, metavar="LEARNERS")
    parser.add_argument("--chapters", default="00-06", metavar="FIRST-LAST")
    parser.add_argument("--minutes", type=float, default=25.0, help="the whole class's")
    parser.add_argument(
        "--think", type=float, default=2.0, help="seconds between cells, on average"
    )
    parser.add_argument("--stagger", type=float, default=10.0, help="seconds between two who come")
    what = "no learner does it alone first, and nothing is compared"
    parser.add_argument("--at-once", action="store_true", help=what)
    args = parser.parse_args()
    first, last = args.chapters.split("-")
    chapters = [file for file in chapter_files(paths.SOLUTIONS) if first <= file.name[:2] <= last]
    with tempfile.TemporaryDirectory(prefix="course-class-", ignore_cleanup_errors=True) as folder:
        hub = Hub.of_class(Path(folder).resolve())
        try:
            alone = None if args.at_once else Learner("alone", True, args.think)
            if alone:
                print("one learner alone:", flush=True)
                lesson = Lesson(hub, chapters, args.minutes)
                lesson.run([alone], 0)
                lesson.tell()
                visitor = Visitor(hub, alone.name, hub.password)
                visitor.use_token()
                visitor.ask("DELETE", f"/hub/api/users/{alone.name}/server")
            learners = [
                Learner(f"learner{number:02}", number % 4 != 0, args.think)
                for number in range(1, args.learners + 1)
            ]
            print(f"\n{args.learners} learners, one each {args.stagger:.0f} s:", flush=True)
            lesson = Lesson(hub, chapters, args.minutes)
            lesson.run(learners, args.stagger)
            minutes = (time.monotonic() - lesson.began) / 60
            print(f"\n{len(lesson.came)} learners, {minutes:.1f} minutes:")
            lesson.tell()
            if alone:
                lesson.compare(alone)
            lesson.tell_idle()
            lesson.tell_progress()
        finally:
            began = time.monotonic()
            left = hub.close()
            print(f"\n  Ctrl-C ended all in {time.monotonic() - began:.0f} s, {len(left)} left")
            print(hub.log.read_text())


if __name__ == "__main__":
    sys.exit(main())
