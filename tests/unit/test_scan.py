"""The scan for old code: what it finds, and what it leaves alone."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from course_lib import paths
from course_lib.app import cli
from course_lib.chapters.ch17.python_code import PythonScanner
from course_lib.chapters.ch17.removals import REMOVALS
from course_lib.chapters.ch17.scan import scan_old_code
from course_lib.chapters.ch17.text_lines import scan_text
from course_lib.errors import CourseError

OLD = paths.ROOT / "tests" / "old_code"


def found(path: Path) -> list[tuple[str, str]]:
    return sorted((each.place, each.removal.id) for each in scan_old_code(path).findings)


def expected(path: Path) -> Iterator[tuple[str, str]]:
    """Read what the comments say that is to be found: ``# -> parameter, case``."""
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if comment := re.search(r"# -> ([\w, -]+?)(?: -->)?$", line):
            for id in comment[1].split(", "):
                yield f"{path.relative_to(OLD).as_posix()}:{number}", id


def test_everything_old_is_found_and_nothing_else() -> None:
    files = [path for path in OLD.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    wanted = sorted(each for path in files for each in expected(path))
    assert len(files) >= 8
    assert len(wanted) >= 80
    assert found(OLD) == wanted
    assert scan_old_code(OLD).unread == ()


def test_every_row_of_the_table_is_in_the_old_code() -> None:
    seen = {id for _, id in found(OLD)}
    left = {"docker-image", "resource-manager", "notifiers", "rest-of-one"}  # like their neighbours
    assert {removal.id for removal in REMOVALS} - seen == left


@pytest.mark.parametrize("removal", REMOVALS, ids=lambda removal: removal.id)
def test_a_row_finds_its_own_example_and_nothing_in_todays(removal: object) -> None:
    from course_lib.chapters.ch17.removals import Removal

    assert isinstance(removal, Removal)
    look = scan_text if removal.commands else PythonScanner().scan
    assert [row.id for _, row in look(removal.old)] == [removal.id]
    assert not look(removal.today)


@pytest.mark.parametrize(
    "place",
    ["solutions", "notebooks", "course_lib", "README.md", "Makefile", ".ci", "course_tools"],
)
def test_the_course_itself_has_no_old_code(place: str) -> None:
    scan = scan_old_code(paths.ROOT / place)
    tables = ("chapters/ch17/removals.toml:", "chapters/ch17/gone.toml:")  # which name what is old
    assert [each for each in scan.findings if not each.place.startswith(tables)] == []
    assert scan.unread == ()


# --- notebooks ------------------------------------------------------------------------------


def notebook(tmp_path: Path, *cells: tuple[str, str, list[str]]) -> Path:
    path = tmp_path / "old.ipynb"
    content = [
        {
            "cell_type": kind,
            "id": f"cell-{number}",
            "source": source.splitlines(keepends=True),
            "metadata": {"tags": tags},
        }
        for number, (kind, source, tags) in enumerate(cells)
    ]
    path.write_text(json.dumps({"cells": content, "nbformat": 4}), encoding="utf-8")
    return path


def test_cells_share_their_names(tmp_path: Path) -> None:
    path = notebook(
        tmp_path,
        ("code", "from prefect import flow as job", []),
        ("markdown", "prefect agent start\n\n```python\nfrom prefect import Parameter\n```", []),
        ("code", "%time x = 1\n\n@job(tags=[1])\ndef morning(): ...", []),
        ("raw", "from prefect import Parameter", []),
    )
    assert found(path) == [
        ("old.ipynb[cell-1]:4", "parameter"),
        ("old.ipynb[cell-2]:3", "flow-tags"),
    ]


def test_shell_in_cells(tmp_path: Path) -> None:
    path = notebook(
        tmp_path,
        ("code", "x = 1\n!prefect agent start\nlines = !prefect orion start", []),
        ("code", "%%bash\nprefect project init", []),
        ("code", "%%writefile a.py\nfrom prefect import Parameter", []),
        ("code", "%%writefile a.sh\nprefect register", []),
        ("code", "%%time\nfrom prefect import Parameter", []),
        ("code", "%%html\nfrom prefect import Parameter", []),
        ("code", "flow?\nif x:\n    !ls\n    %matplotlib inline", []),
    )
    assert found(path) == [
        ("old.ipynb[cell-0]:2", "cli-agent"),
        ("old.ipynb[cell-0]:3", "cli-orion"),
        ("old.ipynb[cell-1]:2", "cli-project"),
        ("old.ipynb[cell-2]:2", "parameter"),
        ("old.ipynb[cell-3]:2", "cli-register"),
        ("old.ipynb[cell-4]:2", "parameter"),
    ]
    assert scan_old_code(path).unread == ()


@pytest.mark.parametrize("tag", ["old-code", "raises-exception"])
def test_cells_that_show_it_on_purpose(tmp_path: Path, tag: str) -> None:
    path = notebook(tmp_path, ("code", "from prefect import Parameter", [tag]))
    assert not scan_old_code(path).findings


# --- what a scan says ------------------------------------------------------------------------


def test_places_and_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.py").write_text("from prefect import Parameter\n")
    scan = scan_old_code(tmp_path)
    assert repr(scan).splitlines() == [
        "sub/a.py:1  Parameter (Prefect 1) -> an argument of the flow's function",
        "1 place with old code in 1 file.",
    ]
    assert "<td" in scan._repr_html_()
    assert "sub/a.py:1" in scan._repr_html_()
    assert cli.main(["scan", str(tmp_path)]) == 1
    assert capsys.readouterr().out == f"{scan!r}\n"


def test_what_can_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "two.py").write_text("import prefect\nprint 'old'\n")
    (tmp_path / "odd.py").write_bytes(b"import prefect\xff\n")
    (tmp_path / "bad.ipynb").write_text('{"prefect": []}')
    scan = scan_old_code(tmp_path)
    assert not scan.findings
    assert sorted(each.split(" ")[0] for each in scan.unread) == [
        "bad.ipynb:1",
        "odd.py",
        "two.py:2",
    ]
    assert "two.py:2 (not Python 3): not looked at" in repr(scan)
    assert cli.main(["scan", str(tmp_path)]) == 1


def test_nothing_old(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.py").write_text("import prefect\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    assert cli.main(["scan", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "0 places with old code in 1 file.\n"


def test_folders_that_are_not_one_s_own(tmp_path: Path) -> None:
    for folder in (".git", "venv", "env", "__pycache__"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.py").write_text("from prefect import Parameter\n")
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    assert scan_old_code(tmp_path).files == 0


def test_no_such_place(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="There is no file or folder"):
        scan_old_code(tmp_path / "missing")


# --- names ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "ids"),
    [
        ("import prefect as p\np.Parameter('shop')", ["parameter"]),
        ("import prefect.agent.local", ["agent"]),
        ("import importlib\nimportlib.import_module('prefect.orion')", ["orion"]),
        ("from prefect import task\ndef f():\n    @task(nout=2)\n    def g(): ...", ["task-arguments"]),
        ("def f():\n    Flow('a')\nfrom prefect import Flow", ["flow-context"]),
        ("from prefect import Flow\nf = Flow(name='a')", ["flow-context"]),
        ("from prefect import Flow\nf = Flow(print)\ng = Flow(fn=print)", []),
        ("from prefect import Flow\nFlow = str\nFlow('a')", []),
        ("from prefect import Flow\nfor Flow in 'ab':\n    Flow('a')", []),
        ("from prefect import Flow\ndef f():\n    Flow('a')\n    Flow = 1", []),
        ("from prefect import Flow\nf = lambda Flow: Flow('a')", []),
        ("from prefect import Flow\nmatch 1:\n    case Flow:\n        Flow('a')", []),
        ("from prefect import Flow\ndef f():\n    global Flow\n    Flow('a')", ["flow-context"]),
        ("from prefect import flow\n@flow\nasync def f(): ...\nasync def g():\n    await f.run()", ["flow-methods"]),
        ("from .prefect import Parameter", []),
        ("from prefect import task\nt = task(print)\nt.submit(1).wait()", []),
        ("from prefect import task\nt = task(print)\nprint(t.submit(1).wait())", ["wait-value"]),
        ("try:\n    import prefect.orion\nexcept Exception:\n    pass", ["orion"]),
        ("try:\n    import prefect.orion\nexcept (ValueError, ModuleNotFoundError):\n    pass", []),
        ("try:\n    pass\nexcept* ValueError:\n    import prefect.orion", ["orion"]),
        ("try:\n    pass\nexcept ValueError as Flow:\n    Flow('a')\nfrom prefect import Flow", []),
        ("class A:\n    from prefect import Parameter", ["parameter"]),
        ("from prefect.server.schemas.schedules import CronSchedule as C\nf(schedules=[C()])", ["schedule-objects"]),
    ],
)  # fmt: skip
def test_names_are_followed(source: str, ids: list[str]) -> None:
    assert [row.id for _, row in PythonScanner().scan(source)] == ids
