"""Which server a kernel uses: the class's in the chapters that suit it, otherwise the learner's."""

from pathlib import Path

import pytest

from course_lib.kernel import learner, session
from course_lib.kernel.learner import Membership

JOINED = Membership("http://127.0.0.1:4210", "class:secret")


@pytest.fixture(autouse=True)
def _own_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))


@pytest.mark.parametrize(
    ("notebook", "shares"),
    [
        ("01_tasks.ipynb", True),
        ("/home/ada/prefect-course/06_retries.ipynb", True),
        ("00_start_here.ipynb", False),  # it makes a variable
        ("prefect-course/07_deployments.ipynb", False),
        ("18_capstone.ipynb", False),
        ("Untitled.ipynb", True),
        (None, True),  # an editor that doesn't say
    ],
)
def test_the_chapter_decides(
    notebook: str | None, shares: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if notebook is None:
        monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    else:
        monkeypatch.setenv("JPY_SESSION_NAME", notebook)
    assert session._class() is None
    learner.remember(JOINED)
    assert session._class() == (JOINED if shares else None)
