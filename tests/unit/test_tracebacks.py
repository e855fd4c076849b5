"""Errors of cells are told by the lines of the cells, in a real IPython."""

import subprocess
import sys

_CELLS = """
from IPython.core.interactiveshell import InteractiveShell
from course_lib.kernel.tracebacks import shorten

shell = InteractiveShell.instance(colors="nocolor")
shorten(shell)
shell.run_cell("import json\\n\\n\\ndef load(text):\\n    return json.loads(text)")
shell.run_cell({before!r})
shell.run_cell("load('half a JSON te')")
"""


def told(before: str = "") -> str:
    """Return what is shown of an error that a library raises two calls below a cell."""
    command = [sys.executable, "-c", _CELLS.format(before=before)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300).stdout


def test_the_frames_of_libraries_are_left_out() -> None:
    text = told()
    assert "load('half a JSON te')" in text
    assert "return json.loads(text)" in text
    assert "JSONDecodeError: Expecting value" in text
    assert "decoder.py" not in text


def test_all_frames_are_shown_where_they_are_asked_for() -> None:
    assert "decoder.py" in told("%xmode Verbose")
