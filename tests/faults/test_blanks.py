"""A course that lies in a folder with blanks in its path, or letters that the locale lacks."""

import os
import re
import signal
from pathlib import Path

import pytest

from tests.fresh import Fresh

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="the copy is made of links"),
    pytest.mark.thorough,  # it copies the environment and runs the chapter once more
]

_RUN = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code" and "stub" not in cell["metadata"].get("tags", []):
        result = shell.run_cell("".join(cell["source"]))
        if not result.success:
            sys.exit(cell["id"])
print("the end of chapter 08")
"""


def test_chapter_08_in_a_folder_with_a_blank(tmp_path: Path) -> None:
    fresh = Fresh.make(tmp_path, "the course")
    (fresh.home / "run.py").write_text(_RUN)
    chapter = fresh.tree / "solutions" / "08_running.ipynb"
    try:
        python = str(fresh.tree / ".venv" / "bin" / "python")
        # The environment's link to the course leads to the original: the copy comes before it.
        environment = fresh.environment(PYTHONPATH=str(fresh.tree))
        command = [python, str(fresh.home / "run.py"), str(chapter)]
        said = fresh.run(command, environment, seconds=1200)  # all of a long chapter
        assert "the end of chapter 08" in said
        assert (fresh.tree / "workspace" / ".course").exists()
    finally:
        fresh.close()


@pytest.mark.parametrize("locale", ["C", "xx_XX.UTF-8"])
def test_a_folder_with_letters_that_the_locale_lacks(tmp_path: Path, locale: str) -> None:
    """As on a server without any locale, and where the one that is set isn't installed."""
    fresh = Fresh.make(tmp_path, "我的 课程/prefect 课")
    environment = fresh.environment(LC_ALL=locale)
    try:
        said = fresh.run(["make", ".venv/.ready"], environment)
        assert re.search(r"3 of 3: .*\ncourse \S+, Prefect \S+\n$", said)
        assert " - prefect-course" not in said  # no line for each package that comes or goes
        checked = fresh.run([str(fresh.tree / ".venv" / "bin" / "course"), "doctor"], environment)
        assert "[FAIL]" not in checked
        with fresh.started(["make", "lab"], environment, signal.SIGINT) as opened:
            opened.wait_for(r"Open in your browser: (\S+)\s")
        assert "The course has stopped." in opened.said()
    finally:
        fresh.close()
