"""The `course` command, in this process."""

import io
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

from course_lib import paths
from course_lib.app import cli, doctor, lab
from course_lib.app.doctor import Check
from course_lib.errors import CourseError
from course_lib.exercises import store
from course_lib.server import lifecycle
from course_tools.build import notebooks


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a workspace without a server."""
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    return tmp_path


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["--help"])
    assert left.value.code == 0
    told = capsys.readouterr().out
    names = [
        "lab",
        "around",
        "progress",
        "reset",
        "doctor",
        "start",
        "stop",
        "restart",
        "status",
        "scan",
        "class",
        "notebooks",
        "site",
        "slides",
    ]
    assert re.findall(r"^    (\w+)  ", told, flags=re.MULTILINE) == names
    for name in names:
        with pytest.raises(SystemExit) as left:
            cli.main([name, "--help"])
        assert left.value.code == 0


@pytest.mark.parametrize("line", [[], ["reset"], ["lab", "--bogus"]])
def test_a_wrong_command_line(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(line)
    assert left.value.code == 2
    assert "usage: course" in capsys.readouterr().err


_HELP = """
import sys
from course_lib.app.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
heavy = {"prefect", "fastapi", "sqlalchemy", "httpx", "matplotlib", "nbformat"}
sys.exit(", ".join(heavy & sys.modules.keys()) or 0)
"""


def test_help_brings_nothing_heavy() -> None:
    answer = subprocess.run([sys.executable, "-c", _HELP], capture_output=True, timeout=300)
    assert (answer.returncode, answer.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("progres", "There is no command `course progres`. Did you mean `course progress`?"),
        ("xyz", "There is no command `course xyz`. See `course --help`."),
        (
            "class shwo",
            "There is no command `course class shwo`. Did you mean `course class show`?",
        ),
    ],
)
def test_a_mistyped_command(line: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(line.split())
    assert left.value.code == 2
    assert capsys.readouterr().err == f"{told}\n"


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGPIPE")
@pytest.mark.parametrize("line", ["progress", "--help"])
def test_a_reader_that_has_seen_enough(empty: Path, line: str) -> None:
    """As in ``course progress | head -3``."""
    reading, writing = os.pipe()
    os.close(reading)
    code = f"import sys; from course_lib.app.cli import main; sys.exit(main([{line!r}]))"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONUNBUFFERED": ""},
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=300,
    )
    os.close(writing)
    assert (answer.returncode, answer.stderr) == (141, b"")


def test_the_environment_names_the_course_in_plain_letters() -> None:
    """Else Python 3.11 and 3.12 would not start with LC_ALL=C in a folder of other letters."""
    lines = [
        Path(str(file.locate())).read_text(encoding="ascii")
        for file in distribution("prefect-course").files or ()
        if file.suffix == ".pth"
    ]
    assert lines == ["import _editable_impl_prefect_course"]


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_make_help_names_every_target() -> None:
    made = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    phony = re.search(
        r"^\.PHONY: (.+)$", (paths.ROOT / "Makefile").read_text("utf-8"), re.MULTILINE
    )
    assert phony is not None
    assert re.findall(r"^  make (\S+) +\S", made.stdout, re.MULTILINE) == phony[1].split()


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert re.fullmatch(r"course \S+, Prefect \S+\n", capsys.readouterr().out)


# --- the server -----------------------------------------------------------------------------


def test_status_of_a_server_that_runs(capsys: pytest.CaptureFixture[str]) -> None:
    address = f"http://127.0.0.1:{lifecycle.ensure().port}"
    assert cli.main(["status"]) == 0
    title, *facts = capsys.readouterr().out.splitlines()
    assert title == "The Prefect server is running."
    found = dict(line.split(maxsplit=1) for line in facts)
    assert found["dashboard"] == address
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", found["since"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", found["version"])
    assert Path(found["log"]).exists()


def test_start_of_a_server_that_runs(capsys: pytest.CaptureFixture[str]) -> None:
    address = f"http://127.0.0.1:{lifecycle.ensure().port}"
    assert cli.main(["start"]) == 0
    assert capsys.readouterr().out == f"The Prefect server is running. Dashboard: {address}\n"


def test_status_and_stop_where_none_runs(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status"]) == 3
    assert cli.main(["stop"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "The Prefect server is stopped. Start it with `course start`.",
        "The Prefect server was not running.",
    ]


def test_status_of_a_server_that_does_not_answer(
    empty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lifecycle, "alive", lambda: lifecycle.Record(1, 0.0, 4200))
    assert cli.main(["status"]) == 3
    told = capsys.readouterr().out
    assert told.startswith("The Prefect server does not answer (yet).\n")
    assert "version    unknown" in told


def test_restart_stops_first(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    did: list[str] = []

    def ensure() -> lifecycle.Record:
        did.append("start")
        return lifecycle.Record(1, 0.0, 4200)

    monkeypatch.setattr(lifecycle, "stop", lambda: did.append("stop"))
    monkeypatch.setattr(lifecycle, "ensure", ensure)
    assert cli.main(["restart"]) == 0
    assert did == ["stop", "start"]


# --- what goes wrong ------------------------------------------------------------------------


def test_what_a_person_can_put_right_is_one_sentence(
    empty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ensure() -> None:
        raise CourseError("There is no room.")

    monkeypatch.setattr(lifecycle, "ensure", ensure)
    assert cli.main(["start"]) == 1
    assert capsys.readouterr().err == "There is no room.\n"


def test_ctrl_c_is_not_an_error_to_explain(
    empty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ensure() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(lifecycle, "ensure", ensure)
    assert cli.main(["start"]) == 130
    assert not capsys.readouterr().err


_CAFE = """
import sys
from course_lib.app import cli
cli._stop = lambda _: print("caf\N{LATIN SMALL LETTER E WITH ACUTE}") or 0
sys.exit(cli.main(["stop"]))
"""


def test_a_letter_that_the_console_does_not_know() -> None:
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-c", _CAFE]
    answer = subprocess.run(command, env=ascii_only, capture_output=True, timeout=300)
    assert (answer.returncode, answer.stdout.strip()) == (0, b"caf?")


# --- the learner's things -------------------------------------------------------------------


def test_reset(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = sorted(path.name for path in paths.NOTEBOOKS.glob("*.ipynb"))[0]
    assert cli.main(["reset", first[:2]]) == 0
    assert capsys.readouterr().out == (
        f"{first} is as the course gives it.\nIts exercises count as not solved again.\n"
    )
    (empty / first).write_text("mine")
    assert cli.main(["reset", first[:2]]) == 0
    backup = empty / ".course" / "backup" / first.replace(".ipynb", "-1.ipynb")
    assert f"Your copy is kept: {backup}\n" in capsys.readouterr().out
    assert backup.read_text() == "mine"


def test_reset_of_an_unknown_chapter(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["reset", "99"]) == 1
    told = capsys.readouterr().err
    assert re.fullmatch(r"There is no chapter 99; the chapters are \d\d(, \d\d)*\.\n", told)


def test_progress(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store.record("01.1", solved=True)
    assert cli.main(["progress"]) == 0
    assert re.search(r"^01  Tasks +\[x\] \[ \]", capsys.readouterr().out, flags=re.MULTILINE)


def test_doctor_says_all_and_fails_where_one_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lifecycle.ensure()
    found = [Check("water", ok=True), Check("bread", ok=False, remedy="Bake.")]
    monkeypatch.setattr(doctor, "checks", lambda _begin: iter(found))
    assert cli.main(["doctor"]) == 1
    assert capsys.readouterr().out == "[OK] water\n[FAIL] bread -> Bake.\n"
    del found[1]
    assert cli.main(["doctor"]) == 0
    assert lifecycle.running()  # it ran before


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_doctor_shows_on_a_terminal_what_it_checks_now(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def look() -> None:
        seen.append(terminal.getvalue())

    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(doctor, "_CHECKS", {"water": look, "500 MB of free disk": look})
    assert cli.main(["doctor"]) == 0
    assert seen == ["[..] water\r", "[..] water\r[OK] water\n[..] 500 MB of free disk\r"]
    last = terminal.getvalue().splitlines()[-1]
    assert re.fullmatch(r"\[OK\] 500 MB of free disk \([\d,]+ MB are left\)", last)


def test_doctor_stops_a_server_that_only_it_wanted(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[bool] = []
    monkeypatch.setattr(doctor, "checks", lambda _begin: iter(()))
    monkeypatch.setattr(lifecycle, "stop", lambda: stopped.append(True))
    assert cli.main(["doctor"]) == 0
    assert stopped


@pytest.mark.parametrize(
    ("line", "passed"),
    [
        ([], (None, None, None)),
        (["04"], (None, "04", None)),
        (["--no-browser"], (False, None, None)),
        (["--no-browser", "04"], (False, "04", None)),
        (["--language", "zh"], (None, None, "zh")),
    ],
)
def test_lab(line: list[str], passed: tuple[object, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(lab, "lab", lambda *args: asked.append(args))
    assert cli.main(["lab", *line]) == 0
    assert asked == [passed]


@pytest.mark.parametrize(
    ("variables", "screen"),
    [
        ({}, os.name == "nt" or sys.platform == "darwin"),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}, False),
        ({"SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22", "BROWSER": "/code/helper.sh"}, True),
    ],
)
def test_a_browser_is_opened_where_it_can_be_seen(variables: dict[str, str], screen: bool) -> None:
    assert lab._has_screen(variables) is screen


# --- for maintainers ------------------------------------------------------------------------


def test_notebooks_check_needs_no_server(
    empty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Any] = []

    def differences(*args: Any, **options: Any) -> list[str]:
        asked.append((args, options))
        return ["01_tasks.ipynb: it drifted"]

    monkeypatch.setattr(notebooks, "differences", differences)
    monkeypatch.setattr(notebooks, "build", pytest.fail)
    monkeypatch.setattr(lifecycle, "ensure", pytest.fail)
    assert cli.main(["notebooks", "--check", "1"]) == 1
    assert asked == [((paths.ROOT, ["1"], ()), {})]
    assert capsys.readouterr().out == "01_tasks.ipynb: it drifted\n"


def test_notebooks_run_in_a_workspace_of_their_own(
    empty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    did: list[str] = []

    def note(what: str, answer: Any = None) -> Any:
        did.append(f"{what} in {'mine' if paths.workspace() == empty else 'its own'}")
        return answer

    def build(*_: Any, env: dict[str, str], **__: Any) -> list[str]:
        assert env["PREFECT_API_URL"] == "http://127.0.0.1:4321/api"
        assert env["COURSE_WORKSPACE"] == str(paths.workspace())
        return note("build", [])

    monkeypatch.setattr(notebooks, "build", build)
    monkeypatch.setattr(lifecycle, "ensure", lambda: note("start", lifecycle.Record(1, 0.0, 4321)))
    monkeypatch.setattr(lifecycle, "stop", lambda: note("stop"))
    assert cli.main(["notebooks"]) == 0
    assert did == ["start in its own", "build in its own", "stop in its own"]
    assert os.environ["COURSE_WORKSPACE"] == str(empty)
    assert capsys.readouterr().out == "Everything is up to date.\n"
