"""The code, also that in notebooks, is formatted, linted and typed."""

import subprocess
import sys

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from course_lib import paths


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]],
    ids=" ".join,
)
def test_style(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=paths.ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_room_knows_the_ones_above_it() -> None:
    assert lint_imports(str(paths.ROOT / "pyproject.toml"), no_cache=True) == EXIT_STATUS_SUCCESS
