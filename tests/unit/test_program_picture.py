"""Watching processes and drawing them, with real ones."""

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from course_lib.chapters.ch10.program_picture import Programs, draw
from course_lib.records.runs import LogLine

HELPER = "import time\ntime.sleep(60)"
PARENT = """
import subprocess, sys, time
from pathlib import Path
subprocess.Popen([sys.executable, str(Path(__file__).with_name("helper.py"))])
time.sleep(60)
"""


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "parent.py").write_text(PARENT)
    return tmp_path / "parent.py"


def wait_for(programs: Programs, *names: str) -> None:
    latest = time.monotonic() + 30
    while programs.running != names:
        assert time.monotonic() < latest, programs.seen
        time.sleep(0.02)


def test_a_child_is_followed_when_its_parent_is_gone(parent: Path) -> None:
    with Programs() as programs:
        process = subprocess.Popen([sys.executable, parent, "north", "3"])
        wait_for(programs, "helper.py", "parent.py north")
        process.kill()
        process.wait()
    assert programs.running == ("helper.py",)
    line = LogLine("INFO", "hello", "parent.py", None, datetime.now(UTC))
    drawn = draw(programs, [line], limit=1)
    assert drawn.png.startswith(b"\x89PNG")
    assert drawn.alt == (
        "Processes over time, one row each: helper.py still runs, parent.py north ended."
    )
    programs.end()
    assert programs.running == ()


def test_what_ran_before_or_is_somebody_elses_is_left_alone(parent: Path) -> None:
    other = psutil.Popen([sys.executable, parent.with_name("helper.py")])
    try:
        with Programs() as programs:
            pass
        programs.end()
        assert programs.seen == []
        drawn = draw(programs, ())
        assert drawn.alt == "Processes over time, one row each: none."
        assert drawn.png.startswith(b"\x89PNG")
        assert other.is_running()
    finally:
        other.kill()
        other.wait()


def test_several_of_one_program_are_counted(parent: Path) -> None:
    command = [sys.executable, parent.with_name("helper.py")]
    with Programs() as programs:
        processes = [subprocess.Popen(command) for _ in range(2)]
        wait_for(programs, "helper.py", "helper.py")
        for process in processes:
            process.kill()
            process.wait()
    assert draw(programs, ()).alt == "Processes over time, one row each: 2 helper.py ended."
    assert programs.running == ()
