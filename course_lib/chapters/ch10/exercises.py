"""Checks of chapter 10: running other programs."""

import os
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from textwrap import dedent
from unittest.mock import patch

import psutil

from course_lib.exercises.checks import AnyFlow, AnyTask, Check
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


@define("10.1", "a task")
def say_why(check: Check, task: AnyTask) -> None:
    """The right Python and path, no shell, and each bad ending told with its reason."""
    with _folder() as folder, _stranger_first(folder), Shop() as shop:
        below = folder / "below"
        script = _script(below, "report.py", _REPORT)
        (below / "notes.txt").write_text("Monday's")
        trial = try_task(task, script, ["south", shop.url, _UPLOAD])
        left = [path.name for path in (below / "oops", Path("oops")) if path.exists()]
        Path("oops").unlink(missing_ok=True)
        said_no = try_task(task, _script(below, "no.py", _SAYS_NO), [])
        killed = try_task(task, _script(below, "killed.py", _KILLED), [])
    check.equals("files", left, [])
    ended = ", ".join(map(_end, trial.task_runs)) or "there was none"
    check.require_equal("ended", ended, "Completed")
    returned = trial.result.split("\n") if isinstance(trial.result, str) else trial.result
    lines = ["6 products in south", f"compared with {_UPLOAD} and Monday's", ""]
    check.equals("returned", returned, lines)
    _told(check, "a script that ends with exit code 3", said_no, "exit code 3")
    check.equals("reason", "no such shop: nord" in _message(said_no), True)
    if os.name == "posix":  # Windows knows no signals
        _told(check, "a script that is killed", killed, "killed by SIGKILL")


@define("10.2", "a task")
def nothing_left(check: Check, task: AnyTask) -> None:
    """An exit code in time; out of time a failed task run, and none of the family alive."""
    with _folder() as folder:
        quick = _script(folder, "quick.py", "raise SystemExit(3)")
        trial = try_task(task, quick, 30)
        check.require_equal("exit_code", trial.result, 3)
        for limit in _LIMITS:
            scripts = {name: _script(folder, f"{name}.py", code) for name, code in _FAMILY.items()}
            trial = try_task(task, scripts["the script"], limit)
            complete = len(list(folder.glob("*.pid"))) == len(_FAMILY)
            left = _end_noted(folder)
            if complete:
                break
    check.require_equal("hangs", _types(trial), ["FAILED"], limit=_LIMITS[0])
    check.equals("left", left, [])
    check.equals("runs", len(trial.task_runs), 1)


@define("10.3", "a flow")
def patient_morning(check: Check, flow: AnyFlow) -> None:
    """75 is retried, 1 is not, and one failed shop doesn't end the others."""
    shop = Shop(faults={"quality/east": [503, 503], "quality/south": [404] * 9})
    with _folder() as folder:
        script = _script(folder / "below", "quality.py", _QUALITY)
        trial = try_with(shop, flow, script=script, url=URL)
    check.require_equal("ended", trial.run.state.name, "Completed")
    check.require_equal(
        "requests",
        trial.requests_by_shop("quality"),
        {"east": 3, "north": 1, "south": 1, "west": 1},
    )
    check.equals("attempts", trial.attempts, 3)
    names = sorted(trial.result, key=str) if isinstance(trial.result, list) else trial.result
    check.equals("returned", names, sorted(set(SHOPS) - {"south"}))


def _types(trial: Trial) -> list[str]:
    return [run.state.type for run in trial.task_runs]


def _message(trial: Trial) -> str:
    return " ".join(run.state.message for run in trial.task_runs)


def _end(run: TaskRun) -> str:
    """Say how the task run ended, and why if it was no good end."""
    if run.state.type == "COMPLETED":
        return run.state.name
    lines = [line for line in run.state.message.splitlines() if line.strip()]
    return f"{run.state.name}: {lines[0] if lines else ''}"


def _told(check: Check, what: str, trial: Trial, words: str) -> None:
    check.require_equal("ends", _types(trial), ["FAILED"], what=what)
    message = _message(trial)
    seen = f"'{words}'" if words in message else message.split("\n")[0][:120]
    check.says("says", seen, f"'{words}'", what=what)


@contextmanager
def _folder() -> Iterator[Path]:
    """Yield a relative path to an empty folder below the working directory."""
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
