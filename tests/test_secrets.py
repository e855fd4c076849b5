"""Chapter 09's secret stands nowhere where it must not: the chapter is run, and all is searched.

The chapter invents its token anew each time. So a cell is added at the end of a copy of the
notebook that tells the value to this test alone. What the chapter leaks on purpose is another,
made-up value: the same search must find that one, or it would prove nothing. tests/plugin.py keeps
these tests from running beside those of the chapter: both use the same names on the server.
"""

from __future__ import annotations

import base64
import contextlib
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from course_lib import paths
from course_lib.server import environment, lifecycle
from course_tools.build.execution import execute
from course_tools.build.stable_outputs import dumps, load

ROOT = Path(__file__).parents[1]
CHAPTER = "09_configuration.ipynb"
MADE_UP = "violet-kettle-42"
SMALL = 1_000_000  # bytes; persisted results are, the database is not
TELL = "print(settings.token.get_secret_value())"


@dataclass(frozen=True)
class Ran:
    """A run of the chapter: its notebook, and the value that it kept secret."""

    notebook: NotebookNode
    secret: str


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    nb = load(ROOT / "solutions" / CHAPTER)  # has every cell of the learner's notebook
    nb.cells.append(new_code_cell(TELL, id="tell"))
    env = environment.child_environment(lifecycle.prefect_home(), lifecycle.ensure().port)
    nb = execute(nb, cwd=tmp_path_factory.mktemp("chapter"), env=env, name=CHAPTER)
    (told,) = nb.cells.pop().outputs
    return Ran(nb, told.text.strip())


def in_database(text: str) -> set[str]:
    """Name the columns of the server's database that hold a text in any row, as TABLE.COLUMN."""
    found = set()
    file = lifecycle.prefect_home() / "prefect.db"
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            cursor = database.execute(f'SELECT * FROM "{table}" LIMIT 0')
            for column, *_ in cursor.description:
                holds = f'instr(CAST("{column}" AS TEXT), ?)'
                query = f'SELECT 1 FROM "{table}" WHERE {holds} LIMIT 1'
                if database.execute(query, [text]).fetchone():
                    found.add(f"{table}.{column}")
    return found


def in_files(text: str) -> set[str]:
    """Name the files of the learner's workspace that hold a text, small ones also as base64."""
    found = set()
    for file in paths.home().rglob("*"):
        with contextlib.suppress(OSError):  # other tests' files come and go
            if file.is_file():
                data = file.read_bytes()
                parts = [data, *(decoded(data) if len(data) < SMALL else ())]
                if any(text.encode() in part for part in parts):
                    found.add(file.name)
    return found


def decoded(data: bytes) -> Iterator[bytes]:
    """Return what a persisted result holds, which is base64 in the lines of a JSON text."""
    for part in re.findall(rb"[A-Za-z0-9+/]{24,}={0,2}", data.replace(rb"\n", b"")):
        with contextlib.suppress(ValueError):
            yield base64.b64decode(part)


# The chapter itself shows that its token is kept; these search everything that is written.
@pytest.mark.thorough
def test_the_secret_is_a_real_one(ran: Ran) -> None:
    assert re.fullmatch("[0-9a-f]{32}", ran.secret)


@pytest.mark.thorough
def test_the_executed_notebook_does_not_show_it(ran: Ran) -> None:
    assert ran.secret not in dumps(ran.notebook)


@pytest.mark.thorough
def test_the_server_knows_it_only_encrypted(ran: Ran) -> None:
    assert in_database(ran.secret) == set()


@pytest.mark.thorough
def test_no_file_holds_it(ran: Ran) -> None:
    """Logs of the server and of workers, persisted results, and the raw database."""
    assert in_files(ran.secret) == set()


@pytest.mark.thorough
def test_the_search_finds_what_the_chapter_leaks_on_purpose(ran: Ran) -> None:
    outputs = str([cell.outputs for cell in ran.notebook.cells if cell.cell_type == "code"])
    assert MADE_UP in outputs
    assert {"flow_run.parameters", "flow_run_state.message", "log.message"} <= in_database(MADE_UP)
    assert "token-of-chapter-09" in in_files(MADE_UP)


@pytest.mark.parametrize("folder", ["solutions", "notebooks"])
def test_the_committed_notebook_holds_no_token(folder: str) -> None:
    nb = load(ROOT / folder / CHAPTER)
    texts = [cell.source for cell in nb.cells]
    texts += [
        str(
            {
                kind: value
                for kind, value in output.get("data", output).items()
                if "/png" not in kind
            }
        )
        for cell in nb.cells
        for output in cell.get("outputs", [])
    ]
    assert not [found for text in texts for found in re.findall(r"\b[0-9a-f]{32}\b", text)]


@pytest.mark.parametrize("folder", ["solutions/project", "notebooks/project"])
def test_the_project_has_no_secret_to_commit(folder: str) -> None:
    for file in tracked(ROOT / folder):
        assert file.name != ".env"
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"^\s*SHOP_TOKEN=\S", text, re.MULTILINE), file
    assert ".env" in (ROOT / folder / ".gitignore").read_text().split()


def tracked(folder: Path) -> list[Path]:
    """List the files that git knows, or would take; all of them where there is no git."""
    if shutil.which("git") and (ROOT / ".git").exists():
        words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "."]
        names = subprocess.check_output(words, cwd=folder, text=True).split("\0")
        return [folder / name for name in names if name and (folder / name).is_file()]
    return [file for file in folder.rglob("*") if file.is_file()]
