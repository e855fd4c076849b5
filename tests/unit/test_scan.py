"""The scan for old code: what it finds, and what it leaves alone."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies

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


NAME_WHAT_IS_OLD = (
    "chapters/ch17/removals.toml:",
    "chapters/ch17/gone.toml:",
)


@pytest.mark.parametrize(
    "place",
    ["solutions", "notebooks", "course_lib", "README.md", "Makefile", ".ci", "course_tools"],
)
def test_the_course_itself_has_no_old_code(place: str) -> None:
    scan = scan_old_code(paths.ROOT / place)
    assert [each for each in scan.findings if not each.place.startswith(NAME_WHAT_IS_OLD)] == []
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
    assert cli.main(["scan", str(tmp_path)]) == 3
    assert cli.main(["scan", str(tmp_path / "missing")]) == 2


def test_the_help_says_with_what_it_exits(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["scan", "--help"])
    assert "Exits with 0 if nothing is old, 1 if" in " ".join(capsys.readouterr().out.split())


def test_an_excerpt_that_is_not_python_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("```python\nimport prefect\nif this then that\n```\n")
    assert cli.main(["scan", str(tmp_path)]) == 0


def test_statements_around_a_broken_one_are_read(tmp_path: Path) -> None:
    source = (
        "from prefect import Parameter\ndef f():\n    print 'a'\n    from prefect import case\n"
    )
    (tmp_path / "a.py").write_text(
        f"{source}@task(nout=1)\ndef g(): ...\nfrom prefect import flatten"
    )
    assert found(tmp_path) == [("a.py:1", "parameter"), ("a.py:4", "case"), ("a.py:7", "mapping")]


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("a.py", "# coding: latin-1\nnäme = 1\nimport prefect.orion\n".encode("latin-1"), "a.py:3"),
        ("a.py", "# coding: cp1252\nx = '€'\nimport prefect.orion\n".encode("cp1252"), "a.py:3"),
        ("a.py", b"\xef\xbb\xbfimport prefect.orion\r\n", "a.py:1"),
        ("a.py", b"x = 1\rimport prefect.orion\r", "a.py:2"),
        ("a.ps1", "\ufeffprefect orion start\r\n".encode("utf-16-le"), "a.ps1:1"),
        ("a.txt", "\ufeff\nprefect orion start".encode("utf-16-be"), "a.txt:2"),
        ("a.sh", b"echo \xe4\nprefect orion start\n", "a.sh:2"),
    ],
)
def test_letters_are_read_as_python_reads_them(
    tmp_path: Path, name: str, content: bytes, place: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert [where for where, _ in found(tmp_path)] == [place]
    assert scan_old_code(tmp_path).unread == ()


@pytest.mark.thorough
def test_two_processes_find_the_same(tmp_path: Path) -> None:
    for number in range(301):
        (tmp_path / f"{number:03}.py").write_text("from prefect import Parameter\n" * (number % 2))
    assert repr(scan_old_code(tmp_path, 2)) == repr(scan_old_code(tmp_path))


_KEYS = strategies.sampled_from(["cells", "cell_type", "metadata", "tags", "source", "id"])
_JSON = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.text(),
    lambda inner: (
        strategies.lists(inner, max_size=3) | strategies.dictionaries(_KEYS, inner, max_size=4)
    ),
    max_leaves=20,
)
_LINES = strategies.lists(
    strategies.sampled_from(
        [
            "import prefect",
            "with Flow(",
            "```",
            "    >>> x",
            "%%bash",
            "!prefect",
            "::",
            "'",
            "@",
            "é\0",
        ]
    )
    | strategies.text(max_size=9)
).map("\n".join)
_CELLS = strategies.fixed_dictionaries(
    {"cell_type": strategies.sampled_from(["code", "markdown"])},
    optional={"source": _LINES | _JSON, "metadata": _JSON, "id": _JSON},
)


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(cells=strategies.lists(_CELLS | _JSON, max_size=4) | _JSON)
def test_no_notebook_ends_a_scan(tmp_path: Path, cells: object) -> None:
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells, "of": "prefect"}))
    repr(scan_old_code(tmp_path))


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    name=strategies.sampled_from(
        ["a.py", "a.md", "a.rst", "a.sh", "a.ipynb", "Procfile", "a.toml"]
    ),
    content=strategies.binary() | _LINES.map(lambda text: text.encode("utf-8", "replace")),
)
def test_no_file_ends_a_scan(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content + b"\n# prefect")
    repr(scan_old_code(path))


@pytest.mark.parametrize("source", ["(" * 5000, "1" + "+1" * 20000, "x" + ".y" * 5000, "[" * 100])
def test_deep_nesting_does_not_end_a_scan(tmp_path: Path, source: str) -> None:
    (tmp_path / "a.py").write_text(f"import prefect\n{source}\n")
    assert scan_old_code(tmp_path).unread != ()


@pytest.mark.parametrize(
    "cell",
    [
        None,
        {"cell_type": "code", "metadata": None, "source": None},
        {"cell_type": "code", "metadata": {"tags": None}, "source": ["x", None]},
        {"cell_type": ["code"], "metadata": {"tags": [[]]}, "source": {}},
    ],
)
def test_a_broken_cell_is_passed_over(tmp_path: Path, cell: object) -> None:
    good = {"cell_type": "code", "id": "good", "source": ["from prefect import Parameter"]}
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": [cell, good]}))
    assert found(tmp_path) == [("a.ipynb[good]:1", "parameter")]


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
        # what functions return, what objects keep, and what hints say
        ("from prefect import Flow\ndef make():\n    with Flow(NAME) as f: ...\n    return f\nflow = make()\nflow.run()", ["flow-context", "flow-methods"]),
        ("from prefect import Flow\ndef make() -> Flow: ...\nmake().register()", ["flow-methods"]),
        ("from prefect import Flow\ndef f(name: str, flow: Flow):\n    flow.run()", ["flow-methods"]),
        ("from prefect import Flow\nasync def make() -> Flow: ...\nasync def f():\n    (await make()).run()", ["flow-methods"]),
        ("from prefect.futures import PrefectFuture\nasync def make() -> PrefectFuture: ...\nasync def f():\n    return await make()", []),
        ("from prefect.futures import PrefectFuture\ndef f(pulled: PrefectFuture):\n    pulled.get_state()", ["get-state"]),
        ("import prefect\ndef f(\n    at: prefect.storage.GCS\n) -> prefect.storage.S3: ...", ["storage", "storage"]),
        ("from prefect import Flow\nclass A:\n    def __init__(self):\n        self.flow = Flow('a')\n    def go(self):\n        self.flow.run()", ["flow-context", "flow-methods"]),
        ("from prefect import Task\nclass A(Task):\n    def __init__(self, **more):\n        super().__init__(checkpoint=True, **more)", ["task-arguments"]),
        ("from prefect import Task\nclass A(Task):\n    def __init__(self, fn, target):\n        super().__init__(fn)\nA(print, target=1)", []),
        ("import prefect\nwith prefect.context(date=1):\n    f()", ["reference-context"]),
        ("from prefect.schedules import Schedule\nSchedule(clocks=[1])\nSchedule(cron='0 8 * * *')", ["schedule"]),
        ("from prefect import Flow\nfrom shop import pull\nwith Flow('a'):\n    pull(upstream_tasks=[1])", ["flow-context", "upstream-tasks"]),
        ("from shop import pull\npull(upstream_tasks=[1])", []),
        ("from shop import morning\nfrom prefect.storage import S3\nmorning.storage = S3('a')", ["storage", "flow-attributes"]),
        ("from shop import morning, S3\nmorning.storage = S3('a')", []),
        ("from shop import morning\nmorning.register(project_name='shops')", ["flow-methods"]),
        ("from prefect import flow\nfrom .shop import pull\n@flow\nasync def f():\n    pulled = await pull.submit(1)", ["awaited-future"]),
        ("from shop import pull\nasync def f():\n    pulled = await pull.submit(1)", []),
        ("from prefect import pause_flow_run\npause_flow_run(reschedule=True)", ["moved"]),
        ("def f(monkeypatch):\n    monkeypatch.setattr('prefect.tasks.aws.S3Upload.run', 1)", ["gone"]),
        ("def f(monkeypatch):\n    monkeypatch.setattr('prefect.tasks.Task.submit', 1)", []),
    ],
)  # fmt: skip
def test_names_are_followed(source: str, ids: list[str]) -> None:
    assert [row.id for _, row in PythonScanner().scan(source)] == ids


# --- where it looks ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "ids"),
    [
        # Prefect 1's block, whatever its name
        ("a.py", "from prefect import Flow\nwith Flow(NAME, schedule=None) as flow: ...", ["flow-context"]),
        ("a.py", "from prefect import Flow\nwith Flow(name()) as flow: ...", ["flow-context"]),
        ("a.py", "from prefect import Flow\nNAME = 'a'\nflow = Flow(NAME)", ["flow-context"]),
        ("a.py", "from prefect import Flow\nflow = Flow('{}'.format(1))", ["flow-context"]),
        ("a.py", "from prefect import Flow\nflow = Flow('a' + b)", ["flow-context"]),
        ("a.py", "from prefect import Flow\nflow = Flow(NAME, storage=None)", ["flow-context"]),
        ("a.py", "from prefect import Flow\nflow = Flow(function, name=NAME)", []),
        # commands that Python runs
        ("a.py", "import os\nos.system(f'prefect agent start -q {queue}')", ["cli-agent"]),
        ("a.py", "import subprocess\nsubprocess.run(f'prefect {x}')", []),
        ("a.py", "import subprocess\nsubprocess.run('prefect orion start'.split())", ["cli-orion"]),
        ("a.py", "import shlex, subprocess\nsubprocess.run(shlex.split(f'prefect agent start {x}'))", ["cli-agent"]),
        ("a.py", "import subprocess\nsubprocess.run(['prefect', 'agent', f'start{x}'])", ["cli-agent"]),
        ("a.py", "command = ['prefect', 'agent', 'start']\nwords = ['prefect', 'agent', 'start']", ["cli-agent"]),
        ("a.py", "run(command='prefect orion start')\nrun(text='prefect orion start')", ["cli-orion"]),
        ("a.py", "{'entryPoint': ['prefect', 'deployment', 'build', name]}", ["cli-deployment-build"]),
        ("a.py", "args = 'prefect run was late'", []),
        # docstrings
        ("a.py", 'def f():\n    """Do it.\n\n    >>> from prefect import Parameter\n    """', ["parameter"]),
        ("a.py", 'def f():\n    """Run it by `prefect agent start`."""', ["cli-agent"]),
        ("a.py", '"""Use::\n\n    prefect agent start\n"""', ["cli-agent"]),
        ("a.py", '"""Words: prefect agent start."""', []),
        ("a.py", 'def f():\n    """Do it.\n\n    Example:\n        ```python\n        from prefect import Parameter\n        ```\n    """', ["parameter"]),
        ("a.md", "=== \"Old\"\n\n    ```python\n    from prefect import Parameter\n    ```", ["parameter"]),
        ("a.md", "=== \"Old\"\n\n    <!-- old code -->\n    ```python\n    from prefect import Parameter\n    ```", []),
        ("a.md", "For Prefect:\n```python\npull(shop, upstream_tasks=[other])\n```", ["upstream-tasks"]),
        ("a.md", "Of Prefect: `prefect agent` is gone, and `prefect create` too.", []),
        # pages
        ("a.md", "Then `prefect agent start` it, with `prefect.agent`.", ["cli-agent"]),
        ("a.md", "First `from prefect import Parameter`.", ["parameter"]),
        ("a.md", "For Prefect:\n```python\n@task(max_retries=3)\ndef f(): ...\n```", ["task-arguments"]),
        ("a.md", "For Prefect:\n```\nwith Flow(NAME) as flow:\n    f()\nflow.run()\n```", ["flow-context", "flow-methods"]),
        ("a.md", "For Prefect:\n```python\nDeployment.build_from_flow(f)\nDeployment(x)\n```", ["deployment-class"]),
        ("a.md", "For Prefect:\n```python\nfrom shop import task\n\n@task(max_retries=3)\ndef f(): ...\n```", []),
        ("a.md", "```python\nfrom prefect import Parameter\nif this then that\n```", ["parameter"]),
        ("a.mdx", "```bash\nprefect agent start\n```", ["cli-agent"]),
        ("a.rst", ".. code-block:: python\n   :linenos:\n\n   from prefect import Parameter\n", ["parameter"]),
        ("a.rst", "Start it::\n\n  prefect agent start\n", ["cli-agent"]),
        # futures
        ("a.py", "from prefect import task\nt = task(print)\nasync def f():\n    x = await t.submit(1)", ["awaited-future"]),
        ("a.py", "from prefect import task\nt = task(print)\nasync def f():\n    x = await t.map([1])", ["awaited-future"]),
        ("a.py", "import prefect\nstate.result(fetch=True)", ["fetch"]),
        ("a.py", "from prefect import task\nt = task(print)\nfor f in [t.submit(x) for x in y]:\n    f.get_state()", ["get-state"]),
        ("a.py", "from prefect import task\nt = task(print)\nfs = []\nfs.append(t.submit(1))\ns = [f.wait() for f in fs]", ["wait-value"]),
        ("a.py", "from prefect import task\nt = task(print)\nfs = t.map([1])\n[f.wait() for f in fs]", []),
        ("a.py", "from prefect import task\nt = task(print)\nfs = t.map([1])\nprint(fs[0].get_state())", ["get-state"]),
        # versions, in files of many kinds
        ("requirements.txt", "pandas\nprefect<2  # so far", ["old-pin"]),
        ("setup.py", "setup(install_requires=['prefect>=2,<3', 'pandas<2'])", ["old-pin"]),
        ("pyproject.toml", '[tool.poetry.dependencies]\nprefect = "^2.10"', ["old-pin"]),
        ("environment.yml", "dependencies:\n  - prefect=1.4", ["old-pin"]),
        ("tox.ini", "deps =\n    prefect<3\ncommands = prefect agent start", ["old-pin", "cli-agent"]),
        ("k8s.yaml", "image: prefecthq/prefect:2-python3.9", ["old-image"]),
        ("main.tf", 'image = "prefecthq/prefect:1.4.1"\ncommand = ["prefect", "agent", "start"]', ["old-image", "cli-agent"]),
        ("run.py", "DockerRun(image='prefecthq/prefect:1.4.1')", ["old-image"]),
        ("Dockerfile.agent", "FROM prefecthq/prefect:2-latest\nCMD prefect agent start", ["old-image", "cli-agent"]),
        ("Procfile", "agent: prefect agent start -q default", ["cli-agent"]),
        ("Justfile", "agent:\n    prefect agent start", ["cli-agent"]),
        # commands within commands
        ("a.sh", "bash -lc \"prefect agent start\"", ["cli-agent"]),
        ("a.sh", "echo \"prefect agent start\"\ngit commit -m 'prefect agent start'", []),
        ("a.sh", "docker exec -it shop prefect agent start", ["cli-agent"]),
        ("a.sh", "tmux new -d -s agent 'prefect agent start'", ["cli-agent"]),
        ("a.sh", "prefect work-pool create --type prefect-agent morning", ["cli-agent"]),
        ("a.sh", "prefect work-pool create --type process morning", []),
        ("a.sh", "pip install prefect agent", []),
        ("Dockerfile", 'ENTRYPOINT ["sh", "-c", "prefect agent start -q $QUEUE"]', ["cli-agent"]),
        ("main.tf", 'args = ["prefect agent kubernetes start"]', ["cli-agent"]),
        ("a.yaml", "command:\n  - prefect\n  - agent\n  - start\ntags:\n  - prefect\n  - shop", ["cli-agent"]),
        ("main.tf", 'command = [\n  "prefect",\n  "agent",\n  "start",\n]', ["cli-agent"]),
        ("supervisord.conf", "command=prefect agent start", ["cli-agent"]),
        ("user_data.tpl", "prefect agent start\nPREFECT_ORION_API_HOST=x", ["cli-agent", "old-variables"]),
        ("notes.txt", "from prefect.executors import LocalExecutor", ["executor"]),
        ("prefect.yaml", "pull:\n- prefect.projects.steps.git_clone_project:\n    repository: x", ["deployment-files"]),
        ("prefect.yaml", "pull:\n- prefect.deployments.steps.git_clone:\n    repository: x", []),
        (".github/workflows/a.yml", "- run: prefect deployment build x", ["cli-deployment-build"]),
        (".env.production", "PREFECT__CLOUD__API=x\nPREFECT__FLOW_RUN_ID=1", ["old-variables"]),
        ("a.py", "env = {'PREFECT_ORION_API_HOST': 'x', 'PREFECT__FLOW_RUN_ID': '1'}", ["old-variables"]),
        ("a.py", "import os\nos.environ['PREFECT_ASYNC_FETCH_STATE_RESULT'] = '1'", ["gone"]),
        ("a.py", "from prefect.results import BaseResult, ResultStore", ["gone"]),
        ("a.py", "from prefect.task_runners import BaseTaskRunner", ["gone"]),
    ],
)  # fmt: skip
def test_what_stands_where(tmp_path: Path, name: str, content: str, ids: list[str]) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(content)
    scan = scan_old_code(tmp_path)
    assert [each.removal.id for each in scan.findings] == ids
    assert scan.unread == ()
