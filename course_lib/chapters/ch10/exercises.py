"""Checks of chapter 10: running other programs."""

import os
import sys
import tempfile
import venv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from textwrap import dedent
from unittest.mock import patch

import psutil

from course_lib.exercises.checks import (
    Point,
    Points,
    equals,
    require_equal,
    require_flow,
    require_task,
    says,
)
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, Trial, try_task, try_with
from course_lib.records.runs import TaskRun
from course_lib.server.processes import wait_for_end
from course_lib.shop import SHOPS, Shop

_UPLOAD = "south.csv; echo gone > oops"
_LIMITS = (1.0, 10.0)  # the second where the machine is too busy for the first
_HANGS = 60  # seconds; whatever a wrong answer leaves running is ended by the check

_REPORT = """
    import sys
    import httpx  # which only the course's own Python has
    shop, address, upload = sys.argv[1:]
    print(len(httpx.get(f"{address}/stock/{shop}", timeout=9).json()), "products in", shop)
    print("compared with", upload, "and", open("notes.txt").read())
"""
_SAYS_NO = """
    import sys
    print("looking")
    print("looked everywhere", file=sys.stderr)
    print("no such shop: nord", file=sys.stderr)
    sys.exit(3)
"""
_KILLED = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
# Each process of the script that hangs notes its number; the orphan's parent ends at once.
_NOTE = """
import os, subprocess, sys, time
from pathlib import Path
folder = Path(__file__).parent
note = folder / f"{os.getpid()}.part"
note.write_text(Path(__file__).stem)
note.rename(note.with_suffix(".pid"))
"""
_FAMILY = {
    "the script": _NOTE
    + "subprocess.Popen([sys.executable, folder / 'its child.py'])\n"
    + "subprocess.run([sys.executable, folder / 'in between.py'])\n"
    + f"time.sleep({_HANGS})",
    "its child": f"{_NOTE}time.sleep({_HANGS})",
    "in between": f"{_NOTE}subprocess.Popen([sys.executable, folder / 'one without a parent.py'])",
    "one without a parent": f"{_NOTE}time.sleep({_HANGS})",
}
_QUALITY = """
    import sys, urllib.error, urllib.request
    shop, address = sys.argv[1:]
    try:
        urllib.request.urlopen(f"{address}/quality/{shop}", timeout=9).close()
    except urllib.error.HTTPError as error:
        print("the server answered", error.code, file=sys.stderr)
        sys.exit(75 if error.code == 503 else 1)
    print(shop, "is well")
"""


@define("10.1")
def say_why(answer: object) -> Points:
    """The right Python and path, no shell, and each bad ending told with its reason."""
    task = yield from require_task(answer)
    with _folder() as folder, _stranger_first(folder), Shop() as shop:
        below = folder / "below"
        script = _script(below, "report.py", _REPORT)
        (below / "notes.txt").write_text("Monday's")
        trial = yield from try_task(task, script, ["south", shop.url, _UPLOAD])
        left = [path.name for path in (below / "oops", Path("oops")) if path.exists()]
        Path("oops").unlink(missing_ok=True)
        said_no = yield from try_task(task, _script(below, "no.py", _SAYS_NO), [])
        killed = yield from try_task(task, _script(below, "killed.py", _KILLED), [])
    yield equals("files that a shell made of the argument 'south.csv; echo gone > oops'", left, [])
    yield from require_equal(
        "a good script, by a relative path: how the task run ended",
        ", ".join(map(_end, trial.task_runs)) or "there was none",
        "Completed",
    )
    yield equals(
        "what the task returned",
        trial.result.split("\n") if isinstance(trial.result, str) else trial.result,
        ["6 products in south", f"compared with {_UPLOAD} and Monday's", ""],
    )
    yield from _told("a script that ends with exit code 3", said_no, "exit code 3")
    yield equals(
        "the line of stderr that says why is in the message",
        "no such shop: nord" in _message(said_no),
        True,
    )
    if os.name == "posix":  # Windows knows no signals
        yield from _told("a script that is killed", killed, "killed by SIGKILL")


@define("10.2")
def nothing_left(answer: object) -> Points:
    """An exit code in time; out of time a failed task run, and none of the family alive."""
    task = yield from require_task(answer)
    with _folder() as folder:
        quick = _script(folder, "quick.py", "raise SystemExit(3)")
        trial = yield from try_task(task, quick, 30)
        yield from require_equal(
            "a script that ends at once with exit code 3: what the task returned", trial.result, 3
        )
        for limit in _LIMITS:
            scripts = {name: _script(folder, f"{name}.py", code) for name, code in _FAMILY.items()}
            trial = yield from try_task(task, scripts["the script"], limit)
            complete = len(list(folder.glob("*.pid"))) == len(_FAMILY)
            left = _end_noted(folder)
            if complete:
                break
    yield from require_equal(
        f"a script that hangs, with a limit of {_LIMITS[0]:g} s: type of the task run's state",
        [run.state.type for run in trial.task_runs],
        ["FAILED"],
    )
    yield equals("processes that still ran afterwards", left, [])
    yield equals("task runs that the record holds for it", len(trial.task_runs), 1)


@define("10.3")
def patient_morning(answer: object) -> Points:
    """75 is retried, 1 is not, and one failed shop doesn't end the others."""
    flow = yield from require_flow(answer)
    shop = Shop(faults={"quality/east": [503, 503], "quality/south": [404] * 9})
    with _folder() as folder:
        script = _script(folder / "below", "quality.py", _QUALITY)
        trial = yield from try_with(shop, flow, script=script, url=URL)
    yield from require_equal(
        "how the flow run ended, though south's script fails", trial.run.state.name, "Completed"
    )
    yield from require_equal(
        "east answers 503 twice, south 404: requests of the script, per shop",
        dict(Counter(path.removeprefix("quality/") for path in trial.paths)),
        {"east": 3, "north": 1, "south": 1, "west": 1},
    )
    yield equals("attempts of the task run that was retried", trial.attempts, 3)
    yield equals(
        "what the flow returned",
        sorted(trial.result, key=str) if isinstance(trial.result, list) else trial.result,
        sorted(set(SHOPS) - {"south"}),
    )


def _message(trial: Trial) -> str:
    return " ".join(run.state.message for run in trial.task_runs)


def _end(run: TaskRun) -> str:
    """Say how the task run ended, and why if it was no good end."""
    if run.state.type == "COMPLETED":
        return run.state.name
    lines = [line for line in run.state.message.splitlines() if line.strip()]
    return f"{run.state.name}: {lines[0] if lines else ''}"


def _told(what: str, trial: Trial, words: str) -> Iterator[Point]:
    yield from require_equal(
        f"{what}: type of the task run's state",
        [run.state.type for run in trial.task_runs],
        ["FAILED"],
    )
    message = _message(trial)
    yield says(
        f"{what}: its message",
        f"'{words}'" if words in message else message.split("\n")[0][:120],
        f"'{words}'",
    )


@contextmanager
def _folder() -> Iterator[Path]:
    """Give a relative path to an empty folder below the working directory."""
    with tempfile.TemporaryDirectory(
        prefix="check-", dir=Path.cwd(), ignore_cleanup_errors=True
    ) as name:
        yield Path(name).relative_to(Path.cwd())


def _script(folder: Path, name: str, code: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(dedent(code), encoding="utf-8")
    return folder / name


@contextmanager
def _stranger_first(folder: Path) -> Iterator[None]:
    """Put a bare Python first on the PATH, as it may stand on a server."""
    venv.create(folder / "bare", symlinks=os.name != "nt")
    programs = (folder / "bare" / Path(sys.executable).parent.name).absolute()
    with patch.dict(os.environ, PATH=f"{programs}{os.pathsep}{os.environ['PATH']}"):
        yield


def _end_noted(folder: Path) -> list[str]:
    """Say which of the processes that noted their number still run, and end them."""
    noted = {}
    for path in folder.glob("*.pid"):
        with suppress(psutil.Error):
            noted[psutil.Process(int(path.stem))] = path.read_text(encoding="utf-8")
    left = wait_for_end(list(noted), timeout=2)  # the system takes a moment to end a process
    for process in noted:
        with suppress(psutil.Error):
            process.kill()
    for path in folder.glob("*.pid"):
        path.unlink()
    return sorted(noted[process] for process in left)
