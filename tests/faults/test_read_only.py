"""A workspace that can't be written: one sentence that says what to do."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.faults.place import Place, place

START = "import course_lib as course; course.start()"


@pytest.fixture
def below_a_file(tmp_path: Path) -> Place:
    """Return a workspace that nobody can make, not even root."""
    (tmp_path / "file").write_text("")
    return Place(tmp_path / "file" / "workspace")


def is_the_sentence(text: str, folder: Path) -> bool:
    """Say whether `text` is one line that names the folder and what to do."""
    return (
        len(text.splitlines()) == 1
        and text.startswith(f"The course can't write to {folder / '.course'}. ")
        and "Set COURSE_WORKSPACE to a folder of your own" in text
    )


@pytest.mark.parametrize("command", ["start", "stop", "status", "lab", "progress"])
def test_the_command(below_a_file: Place, command: str) -> None:
    failed = below_a_file.course(command)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert is_the_sentence(failed.stderr, below_a_file.folder)


def test_the_notebook(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with place(tmp_path) as here:  # the kernel itself needs a folder
        kernel = here.kernel()
        impossible = tmp_path / "file" / "workspace"
        kernel.run(f"import os; os.environ['COURSE_WORKSPACE'] = {str(impossible)!r}")
        assert is_the_sentence(kernel.run(START), impossible)


_START = """
import os, sys
from importlib import metadata
# While the files can still be read: the course's and Python's.
from course_lib.app import cli
metadata.version("prefect")
if os.geteuid() == 0:  # who may write everywhere
    os.setgid(65534)
    os.setuid(65534)
sys.exit(cli.main(["start"]))
"""


@pytest.mark.skipif(os.name == "nt", reason="there a folder's mode doesn't keep anybody out")
def test_a_read_only_folder() -> None:
    # Not in pytest's folder, which lets no other user in.
    with tempfile.TemporaryDirectory(prefix="course-") as temporary:
        workspace = Path(temporary).resolve()
        own = workspace / ".course"
        own.mkdir()
        workspace.chmod(0o755)
        own.chmod(0o555)
        failed = subprocess.run(
            [sys.executable, "-c", _START],
            env=Place(workspace).environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        own.chmod(0o755)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert is_the_sentence(failed.stderr, workspace)
