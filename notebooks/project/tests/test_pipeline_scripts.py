"""Scripts as tasks: with real processes that hang, flood, die and leave others behind."""

import os
import pickle
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import psutil
import pytest
from prefect import flow
from shop_pipeline import families, output
from shop_pipeline.endings import ScriptError, ending, reason
from shop_pipeline.programs import run
from shop_pipeline.scripts import run_python_script

import course_lib as course
from course_lib.shop import Shop, Slow

POSIX = pytest.mark.skipif(os.name != "posix", reason="Windows has no signals")
PULL = Path(__file__).parents[1] / "scripts" / "pull_quality.py"
LONG = 60  # seconds: far more than any test takes

# Notes its number where the test finds it, whoever its parent is.
NOTE = """
import os, subprocess, sys, time
from pathlib import Path
folder = Path(__file__).parent
note = folder / f"{os.getpid()}.part"
note.write_text("")
note.rename(note.with_suffix(".pid"))
"""

Write = Callable[[str, str], Path]


@pytest.fixture(scope="module", autouse=True)
def _connected() -> None:
    course.start()


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write scripts; whatever of them should still run at the end is ended."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # as on most machines

    def script(name: str, code: str) -> Path:
        (tmp_path / name).write_text(dedent(code), encoding="utf-8")
        return tmp_path / name

    yield script
    for process in alive(tmp_path):
        with suppress(psutil.Error):
            process.kill()


def noted(folder: Path) -> list[int]:
    return [int(path.stem) for path in folder.glob("*.pid")]


def alive(folder: Path) -> list[psutil.Process]:
    found = []
    for number in noted(folder):
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(number)
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def wait_for(condition: Callable[[], object]) -> None:
    latest = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < latest
        time.sleep(0.05)


def outputs() -> tuple[list[str], output.Output, list[str], output.Output]:
    out, err = [], []
    return out, output.Output(out.append), err, output.Output(err.append)


def run_out_of_time(script: Path, ready: Callable[[list[str]], object]) -> list[str]:
    """Let a script run out of time once it is `ready`; give what it said.

    The limit grows until it is long enough for that on a busy machine.
    """
    for limit in (1, 4, 16):
        for path in script.parent.glob("*.pid"):
            path.unlink()
        out, reader, _, err = outputs()
        assert run([sys.executable, str(script)], script.parent, limit, reader, err) is None
        if ready(out):
            return out
    raise AssertionError("the script never got ready")


# --- endings --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "exit code 0"), (3, "exit code 3"), (-999, "killed by signal 999")],
)
def test_an_ending_has_words(code: int, words: str) -> None:
    assert ending(code) == words


@POSIX
def test_signals_are_named() -> None:
    assert (ending(-9), ending(-15)) == ("killed by SIGKILL", "killed by SIGTERM")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], "it said nothing"),
        (["no such shop"], "no such shop"),
        (["checking", "no such shop"], "no such shop"),
        (["Traceback (most recent call last):", '  File "a.py"', "    f()", "KeyError: 1"], "KeyError: 1"),
        (['  File "a.py"', "    f()", "httpx.HTTPError: 503", "For more, see the docs"], "httpx.HTTPError: 503"),
        (["options:", "  --shop", "  --day"], "  --day"),
    ],
)  # fmt: skip
def test_the_line_that_says_why(lines: list[str], why: str) -> None:
    assert reason(lines) == why


def test_an_error_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(ScriptError("pull.py", 75, ["looking", "busy"])))
    assert (error.code, str(error)) == (75, "pull.py: exit code 75: busy\nlooking\nbusy")


# --- the task -------------------------------------------------------------------------------


def test_a_real_script_pulls_real_data_and_its_output_is_in_the_log() -> None:
    @flow
    def morning(url: str) -> list[str]:
        return run_python_script(PULL, ["north", url])

    with Shop() as shop:
        lines = morning(shop.url)
        assert [request.path for request in shop.requests] == ["quality/north"]
    assert lines[-1] == "north: 3 pieces came back"
    recorded = course.last_run(morning)
    logged = [line.message for line in course.read_logs(recorded) if line.task == PULL.name]
    assert logged[: len(lines)] == lines


@pytest.mark.parametrize(("status", "code"), [(503, 75), (404, 1)])
def test_an_exit_code_becomes_an_error_that_says_why(status: int, code: int) -> None:
    with Shop(faults={"quality/*": [status]}) as shop, pytest.raises(ScriptError) as caught:
        run_python_script(PULL, ["north", shop.url])
    assert caught.value.code == code
    why = f"pull_quality.py: exit code {code}: north: the server answered {status}"
    assert str(caught.value).splitlines()[0] == why


def test_a_missing_script_is_named_as_it_was_asked_for() -> None:
    with pytest.raises(FileNotFoundError, match=r"^there is no script nowhere.pull\.py$"):
        run_python_script(Path("nowhere") / "pull.py")


def test_arguments_and_names_are_never_commands(write: Write, tmp_path: Path) -> None:
    odd = ["a b", "; touch x", "$(touch x)", "'", '"', "*", "", "süd"]
    script = write("north; touch x.py", "import sys; print(sys.argv[1:])")
    assert run_python_script(script, odd) == [str(odd)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [script.name]


def test_it_runs_in_its_own_folder_with_our_python(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("where.py", "import os, sys; print(os.getcwd(), sys.executable, sep='\\n')")
    monkeypatch.chdir(tmp_path.parent)
    monkeypatch.setenv("PATH", "")
    assert run_python_script(Path(tmp_path.name) / "where.py") == [str(tmp_path), sys.executable]


def test_text_that_is_no_text_does_no_harm(write: Write) -> None:
    code = "import sys; print('nörd 北'); sys.stdout.buffer.write(b'\\xff\\x00 end\\r\\n')"
    assert run_python_script(write("odd.py", code)) == ["nörd 北", "�\0 end"]


@POSIX
def test_a_killed_script_says_by_what(write: Write) -> None:
    code = "import os, signal; print('so far', flush=False); os.kill(os.getpid(), signal.SIGKILL)"
    out, reader, _, err = outputs()
    script = write("killed.py", code)
    assert run([sys.executable, str(script)], script.parent, LONG, reader, err) == -9
    assert out == ["so far"]  # although it was killed before it could empty its buffers
    with pytest.raises(ScriptError, match=r"^killed\.py: killed by SIGKILL: it said nothing"):
        run_python_script(script)


def test_a_question_is_an_error_and_no_wait(write: Write) -> None:
    with pytest.raises(ScriptError, match="EOFError"):
        run_python_script(write("ask.py", "input('Which shop? ')"), limit=LONG)


# --- much output ----------------------------------------------------------------------------


def test_a_flood_neither_hangs_nor_fills_anything(write: Write) -> None:
    lines = 50_000
    code = f"""
        import sys
        for number in range({lines}):
            print(number)
            print("x" * 100, file=sys.stderr)
        print("y" * 5_000_000, end="")
    """
    script = write("flood.py", code)
    out, reader, err, complaints = outputs()
    assert run([sys.executable, str(script)], script.parent, LONG, reader, complaints) == 0
    assert out[: output.LOGGED] == [str(number) for number in range(output.LOGGED)]
    assert len(out) == output.LOGGED + 1
    assert out[-1] == f"{reader.lines - output.LOGGED} more lines, not logged"
    assert len(err) == output.LOGGED + 1
    assert len(reader.tail) == output.KEPT
    assert max(map(len, reader.tail)) == output.LINE
    assert reader.lines == lines + 5_000_000 // output.LINE


def test_a_hanging_script_has_said_what_it_said(write: Write) -> None:
    script = write("hang.py", f"import time; print('asking'); time.sleep({LONG})")
    assert run_out_of_time(script, lambda out: out) == ["asking"]


# --- an end for all of them -----------------------------------------------------------------


def family(write: Write) -> Path:
    """Write a script with a child, an orphan, one in a group of its own, one without our mark."""
    write("child.py", f"{NOTE}time.sleep({LONG})")
    write("between.py", f"{NOTE}subprocess.Popen([sys.executable, folder / 'child.py'])")
    return write(
        "parent.py",
        f"""{NOTE}
child = [sys.executable, folder / "child.py"]
subprocess.Popen(child)
subprocess.run([sys.executable, folder / "between.py"])
subprocess.Popen(child, start_new_session=True)
subprocess.Popen(child, env={{"SYSTEMROOT": os.environ.get("SYSTEMROOT", "")}})
time.sleep({LONG})
""",
    )


def test_out_of_time_the_whole_family_ends(write: Write, tmp_path: Path) -> None:
    run_out_of_time(family(write), lambda _: len(noted(tmp_path)) == 6)
    assert alive(tmp_path) == []


def test_the_task_run_ends_as_timed_out(write: Write, tmp_path: Path) -> None:
    script = write("hang.py", f"{NOTE}time.sleep({LONG})")
    state = run_python_script(script, limit=1, return_state=True)
    assert (state.type.value, state.name) == ("FAILED", "TimedOut")
    assert "hang.py did not end within 1 s" in state.message
    assert alive(tmp_path) == []


@pytest.mark.parametrize("submitted", [False, True])
def test_the_tasks_own_time_limit_ends_it_too(
    write: Write, tmp_path: Path, submitted: bool
) -> None:
    script = write("hang.py", f"{NOTE}time.sleep({LONG})")
    limited = run_python_script.with_options(timeout_seconds=1)

    @flow
    def morning() -> str:
        if submitted:
            future = limited.submit(script)
            future.wait()
            return future.state.name
        return limited(script, return_state=True).name

    began = time.monotonic()
    assert morning() == "TimedOut"
    assert alive(tmp_path) == []
    assert time.monotonic() - began < LONG  # it didn't wait for the script


def test_what_a_good_script_leaves_behind_ends_with_it(write: Write, tmp_path: Path) -> None:
    write("child.py", f"{NOTE}time.sleep({LONG})")
    code = f"{NOTE}subprocess.Popen([sys.executable, folder / 'child.py'])\nprint('done')"
    assert run_python_script(write("leaves.py", code)) == ["done"]
    assert alive(tmp_path) == []


@POSIX
def test_it_is_asked_before_it_is_made_to_end(write: Write, tmp_path: Path) -> None:
    tidy = write(
        "tidy.py",
        f"""
        import signal, sys, time
        def end(*_):
            print("tidied up")
            sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        print("ready")
        time.sleep({LONG})
        """,
    )
    assert run_out_of_time(tidy, lambda out: "ready" in out) == ["ready", "tidied up"]
    deaf = write(
        "deaf.py",
        f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN){NOTE}time.sleep({LONG})",
    )
    run_out_of_time(deaf, lambda _: noted(tmp_path))
    assert alive(tmp_path) == []


def test_nobody_elses_process_is_touched(write: Write, tmp_path: Path) -> None:
    script = write("other.py", f"{NOTE}time.sleep({LONG})")
    other = psutil.Popen([sys.executable, script])
    mine = psutil.Popen([sys.executable, script], env=os.environ | {families.MARK: "mine"})
    try:
        wait_for(lambda: len(noted(tmp_path)) == 2)
        families.end_family(mine, "mine")
        assert [process.pid for process in alive(tmp_path)] == [other.pid]
    finally:
        other.kill()
        other.wait()
        mine.wait()


def test_a_stuck_server_holds_nobody_up(write: Write) -> None:
    said = r"pull_quality\.py did not end within 1 s"
    with Shop(faults={"quality/*": [Slow(LONG)]}) as shop, pytest.raises(TimeoutError, match=said):
        run_python_script(PULL, ["north", shop.url], limit=1)
