"""The doctor: what it says where all is well, and for each thing that may be wrong."""

import os
import re
import shutil
import subprocess
import sys
from collections import namedtuple
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from course_lib.app import doctor
from course_lib.app.doctor import Check
from course_lib.errors import CourseError
from course_lib.server import lifecycle

PYTHON = "Python 3.11 to 3.13"
ENVIRONMENT = "this Python is the course's own environment"
PACKAGES = "every package is one that the course works with"
PREFECT = "Prefect is the release that the course is written for"
FOLDER = "the course's folder can be written"
DISK = "500 MB of free disk"
SERVER = "the Prefect server answers"
PROXY = "no proxy stands between flows and the server"
FLOW = "a flow run is recorded and read back"


def failed() -> dict[str, str]:
    return {check.name: check.remedy for check in doctor.checks() if not check.ok}


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare a test the checks that need a server: they fail, with a known remedy."""
    monkeypatch.setattr(lifecycle, "ensure", lambda: _raise(CourseError("It can't start.")))
    monkeypatch.setattr(lifecycle, "alive", lambda: None)


NO_SERVER = {SERVER, PROXY, FLOW}


def _raise(error: Exception) -> None:
    raise error


def test_where_all_is_well_it_says_the_same_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    doctor.doctor()
    lines = capsys.readouterr().out.splitlines()
    names = [PYTHON, ENVIRONMENT, PACKAGES, PREFECT, FOLDER, DISK, SERVER, PROXY, FLOW]
    assert lines == [f"[OK] {name}" for name in names]
    assert not re.search(r"\d+\.\d+\.\d+|[/\\]|:\d", "".join(lines))


def test_its_own_run_leaves_no_trace(capsys: pytest.CaptureFixture[str]) -> None:
    from prefect import get_client

    from course_lib.kernel.own_runs import own_runs

    doctor.doctor()
    with get_client(sync_client=True) as client:
        assert not [flow.name for flow in client.read_flows() if "doctor" in flow.name]
    assert not [name for name in own_runs.flow_runs.values() if "doctor" in name]


def test_a_line_names_the_remedy() -> None:
    assert str(Check("water", ok=True)) == "[OK] water"
    assert str(Check("water", ok=False, remedy="Drink.")) == "[FAIL] water -> Drink."


@pytest.mark.usefixtures("no_server")
def test_a_server_that_cannot_start_hides_nothing_else() -> None:
    assert failed() == {
        SERVER: "It can't start.",
        PROXY: "Without a server there is nothing to ask: put that right first.",
        FLOW: "Without a server nothing is recorded: put that right first.",
    }


@pytest.mark.usefixtures("no_server")
def test_a_check_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _raise(RuntimeError("two\nlines")))
    found = failed()
    assert found.keys() == NO_SERVER | {DISK}
    assert found[DISK].startswith("The check itself failed with RuntimeError: two lines. Set it up")


@pytest.mark.usefixtures("no_server")
def test_another_python(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ((3, 10, 2), (3, 14, 0)):
        monkeypatch.setattr(sys, "version_info", wrong)
        assert f"This is Python 3.{wrong[1]}: " in failed()[PYTHON]


@pytest.mark.usefixtures("no_server")
def test_packages_out_of_range(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = [
        "prefect==2.0",
        "httpx>=0.1",
        "no-such-package>1",
        "only-for-old-python; python_version < '3'",
        "only-for-tests; extra == 'test'",
    ]
    monkeypatch.setattr(doctor, "requires", lambda _: needs)
    found = failed()
    assert found.keys() == NO_SERVER | {PACKAGES, PREFECT}
    assert re.match(
        r"prefect is \S+ but must be ==2\.0; no-such-package is missing\. Set it up again: ",
        found[PACKAGES],
    )
    assert re.match(r"It is \S+ but must be ==2\.0\. Set it up again: ", found[PREFECT])


@pytest.mark.usefixtures("no_server")
def test_a_kernel_of_another_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unknown(name: str) -> None:
        raise PackageNotFoundError(name)

    with monkeypatch.context() as patch:
        patch.setattr(doctor, "distribution", unknown)
        assert f"isn't installed for {sys.executable}" in failed()[ENVIRONMENT]
    # Found by PYTHONPATH, but installed for another Python.
    monkeypatch.setattr(doctor.sysconfig, "get_path", lambda _: str(tmp_path))
    assert f"isn't installed for {sys.executable}" in failed()[ENVIRONMENT]


def test_a_file_that_stands_in_the_way_of_prefect(tmp_path: Path) -> None:
    lifecycle.ensure()
    (tmp_path / "prefect.py").write_text("raise ImportError('not that one')")
    answer = subprocess.run(
        [sys.executable, "-c", "from course_lib.app.doctor import doctor; doctor()"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    wrong = [line for line in answer.stdout.splitlines() if not line.startswith("[OK]")]
    assert [line.split(" -> ")[0] for line in wrong] == [
        f"[FAIL] {name}" for name in (ENVIRONMENT, PREFECT, FLOW)
    ]
    assert f"`import prefect` finds {tmp_path / 'prefect.py'}" in wrong[0]
    assert not answer.stderr


@pytest.mark.usefixtures("no_server")
def test_a_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "file" / "below"))
    found = failed()
    assert found.keys() == NO_SERVER | {FOLDER, DISK}
    assert "Set COURSE_WORKSPACE to a folder of your own" in found[FOLDER]


@pytest.mark.usefixtures("no_server")
def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(123_456_789))

    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", full)
    found = failed()
    assert found.keys() == NO_SERVER | {FOLDER, DISK}
    assert found[DISK].endswith(
        f"{tmp_path} is, 123 MB are left, and the course needs 500 MB: delete something."
    )
    assert "(No space left on device): make room, or set COURSE_WORKSPACE" in found[FOLDER]


def test_a_server_of_another_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "version", lambda name: "9.9.9" if name == "prefect" else "1")
    monkeypatch.setattr(doctor, "requires", lambda _: ["prefect"])
    found = failed()
    assert found.keys() == {SERVER}
    assert re.fullmatch(r"It is Prefect \S+, not 9\.9\.9: run `course restart`\.", found[SERVER])


def test_something_between_flows_and_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    for answer in (httpx.Response(200, html="<h1>Log in</h1>"), httpx.Response(502, json={})):
        monkeypatch.setattr(httpx, "get", lambda _url, timeout, answer=answer: answer)
        found = failed()
        assert found.keys() == {PROXY}
        assert "unset HTTP_PROXY and ALL_PROXY" in found[PROXY]
