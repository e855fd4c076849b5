"""Garbage is collected in a thread of its own, and the module runs as `python -m` runs it."""

import subprocess
import sys
from pathlib import Path

MODULE = """
import gc, sys, threading, time
from course_lib.server import gc_aside

class Cycle:
    def __init__(self): self.me = self
    def __del__(self): print("collected by", threading.current_thread().name, flush=True)

print(__name__, sys.argv[1:], gc.isenabled(), flush=True)
Cycle()
time.sleep(60 if "--wait" in sys.argv else 0)
"""


def test_a_module_runs_with_its_arguments_and_the_main_thread_collects_nothing(
    tmp_path: Path,
) -> None:
    (tmp_path / "serve.py").write_text(MODULE)
    command = [sys.executable, "-m", "course_lib.server.gc_aside", "serve", "start", "--port", "1"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[0] == "__main__ ['start', '--port', '1'] False"


def test_garbage_is_collected_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "serve.py").write_text(MODULE)
    quick = "from course_lib.server import gc_aside; gc_aside._PAUSE_SECONDS = 0.1; gc_aside.main()"
    command = [sys.executable, "-c", quick, "serve", "--wait"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert child.stdout.readline() == "collected by garbage collector\n"
        child.kill()


def test_what_the_program_was_built_of_is_looked_at_no_more(tmp_path: Path) -> None:
    (tmp_path / "built.py").write_text(
        "import gc, time\nkept = [[] for _ in range(100_000)]\n"
        "while gc.get_freeze_count() < len(kept): time.sleep(0.01)\n"
        "print(True)"
    )
    quick = "from course_lib.server import gc_aside; gc_aside._PAUSE_SECONDS = 0.5; gc_aside.main()"
    command = [sys.executable, "-c", quick, "built"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ran.stdout == "True\n"
