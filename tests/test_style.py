"""The code, also that in notebooks, is formatted, linted and typed."""

import subprocess
import sys

import pytest

from course_lib import paths


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["importlinter.cli", "lint"],
        ["mypy"],
    ],
    ids=" ".join,
)
def test_style(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=paths.ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
