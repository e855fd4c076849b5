"""Checks of chapter 10: running other programs."""

import os
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from textwrap import dedent
from unittest.mock import patch

import psutil

from course_lib.exercises.checks import AnyFlow, AnyTask, Check, short_repr, short_text
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, Trial, try_task, try_with
from course_lib.server.processes import wait_for_end
from course_lib.shop import SHOPS, Outcome, Shop

_UPLOAD = "south.csv; echo gone > oops"
_LIMITS = (1.0, 10.0)  # the second where the machine is too busy for the first
_HANGS = 60  # seconds; whatever a wrong answer leaves running is ended by the check

_REPORT = """
    import sys
    import httpx  # which only the course's own Python has
    shop, address, upload = sys.argv[1:]
    print("some products are unknown", file=sys.stderr)
    print(len(httpx.get(f"{address}/stock/{shop}", timeout=9).json()), "products in", shop)
    print("compared with", upload, "and", open("notes.txt").read())
    for number in range(30_000):  # more than a pipe holds, or a log
        print(number)
"""
_COMPLAINT = "some products are unknown\n"
_SAYS_NO = """
    import sys
    print("looking")
    print("looked everywhere", file=sys.stderr)
    shop, code = sys.argv[1:]
    print("no such shop:", shop, file=sys.stderr)
    sys.exit(int(code))
"""
_KILLED = "import os, signal, sys; os.kill(os.getpid(), getattr(signal, sys.argv[1]))"
# Each process of the script that hangs notes its number; the orphan's parent ends at once.
_NOTE = """
import os, subprocess, sys, time
from pathlib import Path
folder = Path(__file__).parent
note = folder / f"{os.getpid()}.part"
note.write_text(Path(__file__).stem)
note.rename(note.with_suffix(".pid"))
"""
_CHILDREN = (
    "subprocess.Popen([sys.executable, folder / 'its child.py'])\n"
    "subprocess.run([sys.executable, folder / 'in between.py'])\n"
)
_FAMILY = {
    "the script": f"{_NOTE}{_CHILDREN}time.sleep(float(os.environ['CHECK_SECONDS']))",
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
        print("the server answered", error.code, "after 75 ms", file=sys.stderr)
        sys.exit(EXITS[error.code])
    print(shop, "is well")
"""
_EXITS = {503: 75, 404: 1, 500: 74, 501: 76, 502: 99}  # of the script, by the shop's answer
_TWICE, _ALWAYS, _LOWER, _HIGHER = "75 twice", "75 each time", "a lower code", "a higher code"
_random = Random()


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
        name, code = f"shop {_random.randint(100, 999)}", _random.randint(4, 99)
        said_no = try_task(task, _script(below, "no.py", _SAYS_NO), [name, str(code)])
        signal = _random.choice(["SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM"])
        killed = try_task(task, _script(below, "killed.py", _KILLED), [signal])
    check.require_says("ended", _first_line(trial) if trial.failed else "well", "well")
    returned = trial.result
    if isinstance(returned, str):
        first, *numbers = returned.replace(_COMPLAINT, "").partition("\n0\n")
        whole = numbers == ["\n0\n", "".join(f"{each}\n" for each in range(1, 30_000))]
        returned = [*first.split("\n"), "30000 numbers" if whole else short_text("".join(numbers))]
    lines = ["6 products in south", f"compared with {_UPLOAD} and Monday's", "30000 numbers"]
    check.require_equal("returned", returned, lines)
    check.equals("files", left, [])
    _told(check, "a script that ends badly", said_no, f"exit code {code}", "it names the code")
    reason = f"no such shop: {name}"
    told = reason in _message(said_no)
    check.says("reason", "it is" if told else f"not '{reason}'", "it is")
    if os.name == "posix":  # Windows knows no signals
        _told(
            check, "a script that is killed", killed, f"killed by {signal}", "it names the signal"
        )


@define("10.2", "a task")
def nothing_left(check: Check, task: AnyTask) -> None:
    """An exit code in time; out of time a failed task run, and none of the family alive."""
    code = _random.randint(4, 99)
    with _folder() as folder:
        for name, text in _FAMILY.items():
            _script(folder, f"{name}.py", text)
        quick = f"{_NOTE}{_CHILDREN}time.sleep(1.2)\nraise SystemExit({code})"
        trial = try_task(task, _script(folder, "quick.py", quick), 30)
        left = _end_noted(folder)
        seen = "its exit code" if trial.result == code else f"{_result(trial)} for {code}"
        check.require_says("exit_code", seen, "its exit code")
        check.equals("left_well", left, [])
        for limit in _LIMITS:  # the script ends by itself, much later
            with patch.dict(os.environ, CHECK_SECONDS=str(4 * limit)):
                trial = try_task(task, folder / "the script.py", limit)
            complete = {path.read_text(encoding="utf-8") for path in folder.glob("*.pid")}
            left = _end_noted(folder)
            if complete == set(_FAMILY):
                break
    seen = "it fails" if trial.failed else f"it ends well, and returns {trial.result!r}"
    check.require_says("hangs", seen, "it fails", limit=_LIMITS[0])
    check.equals("left", left, [])


@define("10.3", "a flow")
def patient_morning(check: Check, flow: AnyFlow) -> None:
    """75 is retried, others are not, and one failed shop doesn't end the others."""
    faults: dict[str, list[Outcome]] = {
        _TWICE: [503, 503],
        _ALWAYS: [503] * 9,
        _LOWER: [_random.choice((404, 500))] * 9,
        _HIGHER: [_random.choice((501, 502))] * 9,
    }
    roles = dict(zip(_random.sample(SHOPS, 4), faults, strict=True))
    shop = Shop(latency=0, faults={f"quality/{name}": faults[role] for name, role in roles.items()})
    with _folder() as folder:
        code = _QUALITY.replace("EXITS", str(_EXITS))
        script = _script(folder / "below", "quality.py", code)
        trial = try_with(shop, flow, script=script, url=URL)
    check.require_says("ended", _first_line(trial) if trial.failed else "well", "well")
    counts = trial.requests_by_shop("quality")
    seen = {roles.get(name, name): count for name, count in counts.items()}
    wanted = {_TWICE: 3, _ALWAYS: 3, _LOWER: 1, _HIGHER: 1}
    told = ", ".join(f"{role} {count}" for role, count in sorted(seen.items()))
    if seen != wanted:
        codes = [_EXITS[int(str(faults[role][0]))] for role in (_LOWER, _HIGHER)]
        told += f" (they were {roles}, with the codes {codes[0]} and {codes[1]})"
    asked = ", ".join(f"{role} {count}" for role, count in sorted(wanted.items()))
    check.require_says("requests", told, asked)
    check.equals("attempts", trial.attempts, 3)
    well = [name for name in SHOPS if roles[name] == _TWICE]
    names = sorted(trial.result, key=str) if isinstance(trial.result, list) else trial.result
    seen_names = "they are" if names == well else f"{short_repr(names)}, and well ended {well}"
    check.says("returned", seen_names, "they are")


def _result(trial: Trial) -> str:
    return _first_line(trial) if trial.failed else short_repr(trial.result)


def _message(trial: Trial) -> str:
    """Return all that was said of the end: in the record, and by the error itself."""
    return " ".join([*(run.state.message or "" for run in trial.task_runs), str(trial.error or "")])


def _first_line(trial: Trial) -> str:
    """Return the first line of what was said of the end."""
    text = str(trial.error) if trial.error else _message(trial)
    lines = [line for line in text.splitlines() if line.strip()]
    name = f"{type(trial.error).__name__}: " if trial.error else ""
    return name + short_text(lines[0] if lines else "no message")


def _told(check: Check, what: str, trial: Trial, words: str, short: str) -> None:
    """Require that the task failed, and that these words, shown as the short ones, say why."""
    seen = "it fails" if trial.failed else f"it ends well, and returns {short_repr(trial.result)}"
    check.require_says("ends", seen, "it fails", what=what)
    seen = short if words in _message(trial) else f"{_first_line(trial)}, without '{words}'"
    check.says("says", seen, short, what=what)


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
