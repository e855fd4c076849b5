"""Chapter 19: its second server leaves nothing behind, and what it says of names and pins is true."""

import re
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
import yaml
from prefect.deployments import steps
from prefect.utilities.importtools import import_object

import course_lib as course
from course_lib import paths
from course_lib.chapters.ch19.beside import Beside, second_server
from course_lib.chapters.ch19.differences import differences
from course_lib.chapters.ch19.growth import growth_picture, rows_of_run
from course_lib.front_matter import cell_texts
from course_lib.server import side_servers
from course_lib.server.environment import DIFFERENCES

CELLS = cell_texts(paths.SOLUTIONS / "19_at_work.ipynb")
PROJECT = paths.SOLUTIONS / "project"


def test_what_a_killed_kernel_left_is_ended_by_stop_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    monkeypatch.setattr("course_lib.chapters.ch19.beside._latest", [])
    left: Beside = second_server()
    assert second_server() is left
    assert httpx.get(f"{left.api}/admin/version", trust_env=False).status_code == 401
    assert left.home.exists()
    side_servers.stop_all()
    assert not left.is_running
    assert not left.home.exists()
    assert left.remove() is False


def test_the_table_of_names_has_all_of_them() -> None:
    public = {name for name in vars(course) if not name.startswith("_")}
    public -= {"annotations"} | {path.stem for path in Path(course.__file__).parent.iterdir()}
    public |= {"exercise", "project"} & set(vars(course))
    said = set(re.findall(r"course\.(\w+)", CELLS["names"]))
    assert public <= said, public - said
    assert said <= set(vars(course)), said - set(vars(course))


def test_the_table_of_differences_has_a_row_for_each() -> None:
    assert {row[0] for row in differences().rows} == {each.name for each in DIFFERENCES}


def test_its_pins_are_the_version_that_the_course_teaches() -> None:
    said = re.findall(r"(?:prefect==|prefecthq/prefect:)([\d.]+\d)", "\n".join(CELLS.values()))
    assert len(said) >= 3
    assert set(said) == {version("prefect")}


def _has_network() -> bool:
    try:
        socket.create_connection(("pypi.org", 443), timeout=5).close()
    except OSError:
        return False
    return True


@pytest.mark.thorough
def test_what_it_says_to_install_can_be_resolved(tmp_path: Path) -> None:
    if not _has_network():
        pytest.skip("it asks the package index, and there is no network")
    pin = re.search(r'pip install "(prefect==[^"]+)"', CELLS["story"])
    assert pin
    command = [Path(sys.executable).with_name("uv"), "pip", "compile", "--quiet", "-"]
    done = subprocess.run(
        command,
        input=pin[1],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert pin[1] in done.stdout.split()


def test_the_workflow_deploys_the_file_and_gives_it_what_it_asks_for() -> None:
    workflow = yaml.safe_load((PROJECT / ".github/workflows/deploy.yml").read_text())
    (job,) = workflow["jobs"].values()
    last = job["steps"][-1]
    words = last["run"].split()
    file = PROJECT / words[words.index("--prefect-file") + 1]
    text = file.read_text()
    assert set(re.findall(r"{{ \$(\w+) }}", text)) <= last["env"].keys()
    assert {"PREFECT_API_URL", "PREFECT_API_AUTH_STRING"} <= last["env"].keys()
    found = yaml.safe_load(text)
    for step in found["pull"]:
        (name,) = step
        assert import_object(name) is steps.git_clone
    source, _, flow = found["deployments"][0]["entrypoint"].partition(":")
    assert f"def {flow}(" in (PROJECT / source).read_text()
    own = yaml.safe_load((PROJECT / "prefect.yaml").read_text())["deployments"][0]
    assert found["deployments"][0]["schedules"] == own["schedules"]


def test_rows_are_counted_for_one_run(tmp_path: Path) -> None:
    database = tmp_path / "prefect.db"
    with closing(sqlite3.connect(database)) as db:
        for table, columns in {
            "flow_run": "id",
            "flow_run_state": "flow_run_id",
            "task_run": "id, flow_run_id",
            "task_run_state": "task_run_id",
            "log": "flow_run_id",
            "events": "id, event, resource_id",
            "event_resources": "event_id, resource_id",
        }.items():
            db.execute(f"CREATE TABLE {table} ({columns})")
        db.execute("INSERT INTO flow_run VALUES ('ours'), ('other')")
        db.execute("INSERT INTO flow_run_state VALUES ('ours'), ('ours'), ('other')")
        db.execute("INSERT INTO task_run VALUES ('task', 'ours'), ('another', 'other')")
        db.execute("INSERT INTO task_run_state VALUES ('task'), ('task'), ('another')")
        db.execute("INSERT INTO log VALUES ('ours'), ('other')")
        run = "prefect.flow-run.ours"
        db.execute(
            "INSERT INTO events VALUES ('1', 'prefect.flow-run.Completed', ?),"
            " ('2', 'prefect.flow-run.heartbeat', ?), ('3', 'prefect.task-run.Running', 'task'),"
            " ('4', 'prefect.flow-run.heartbeat', 'other')",
            [run, run],
        )
        db.execute(
            "INSERT INTO event_resources VALUES ('1', ?), ('1', 'flow'), ('2', ?), ('3', ?),"
            " ('3', 'task'), ('4', 'other')",
            [run] * 3,
        )
        db.commit()
    rows = rows_of_run(database, "ours")
    assert rows == {"events": 3 + 5, "runs": 1 + 2 + 1 + 2 + 1, "heartbeats": 1}
    assert "10 runs a day" in growth_picture(rows, 10, 30).alt
