"""The project's files for other machines: a unit, a compose file, a workflow that mean what they say."""

import importlib
import inspect
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists
from prefect.server.concurrency.lease_storage import ConcurrencyLeaseStorage
from shop_pipeline import worker
from shop_pipeline.flows import daily_report

import course_lib as course
from course_lib import paths
from course_lib.server.client import open_client
from course_lib.server.ports import spare_port

PROJECT = paths.SOLUTIONS / "project"
DEPLOY = PROJECT / "deploy"
UNITS = ["prefect-server.service", "shop-worker.service"]
WORKER = "python -m shop_pipeline.worker morning"
ON_DISK = "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"
VERSION = re.compile(r"^FROM prefecthq/prefect:([\d.]+)-python", re.MULTILINE)


@pytest.fixture(scope="module")
def api() -> str:
    """Start the server of this test process, and give the address of its API."""
    course.start()
    return os.environ["PREFECT_API_URL"]


def read_unit(name: str) -> dict[str, dict[str, list[str]]]:
    """Read a unit: systemd allows a key more than once."""
    found: dict[str, dict[str, list[str]]] = {}
    for line in (DEPLOY / name).read_text().splitlines():
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), {})
        elif line:
            key, _, value = line.partition("=")
            section.setdefault(key, []).append(value)
    return found


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_keeps_its_process_running(name: str) -> None:
    unit = read_unit(name)
    assert unit["Service"]["Restart"] == ["always"]
    assert unit["Install"]["WantedBy"] == ["multi-user.target"]
    (command,) = unit["Service"]["ExecStart"]
    assert command.startswith("/opt/shop-pipeline/.venv/bin/")


@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_no_fault_with_a_unit(name: str, tmp_path: Path) -> None:
    if verify := shutil.which("systemd-analyze"):
        for each in UNITS:
            text = (DEPLOY / each).read_text()
            text = re.sub(r"(?<==)/\S+/(bin)/\S+", "/bin/true", text)
            (tmp_path / each).write_text(text)
        path = os.pathsep.join(
            [str(tmp_path), ""]
        )  # where each finds the other; then systemd's own
        done = subprocess.run(
            [verify, "verify", tmp_path / name],
            env=os.environ | {"SYSTEMD_UNIT_PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert not [unit for unit in UNITS if unit in done.stderr], done.stderr


def test_the_unit_of_the_worker_lets_runs_finish() -> None:
    """Its signal reaches the first process alone, which has longer than a run may take."""
    service = read_unit("shop-worker.service")["Service"]
    assert service["ExecStart"] == [f"/opt/shop-pipeline/.venv/bin/{WORKER}"]
    assert service["KillMode"] == ["mixed"]
    patience = inspect.signature(worker.main).parameters["patience"].default
    assert (daily_report.timeout_seconds or 0) < patience < int(service["TimeoutStopSec"][0])


def test_the_unit_that_the_worker_waits_for_exists() -> None:
    unit = read_unit("shop-worker.service")
    assert unit["Unit"]["After"] == unit["Unit"]["Wants"] == ["prefect-server.service"]
    server = read_unit("prefect-server.service")["Service"]
    api = unit["Service"]["Environment"][0].removeprefix("PREFECT_API_URL=")
    words = shlex.split(server["ExecStart"][0])
    assert (
        api == f"http://{words[words.index('--host') + 1]}:{words[words.index('--port') + 1]}/api"
    )
    assert server["ExecStartPost"][0].endswith(f" {api}/ready")


def test_the_unit_of_the_server_waits_until_it_is_ready(api: str) -> None:
    """As it does so by curl, the command is run, at the server of this test."""
    if not shutil.which("curl"):
        pytest.skip("curl is missing")
    (command,) = read_unit("prefect-server.service")["Service"]["ExecStartPost"]
    _, *words, _ = shlex.split(command)
    done = subprocess.run(["curl", *words, f"{api}/ready"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    nobody = f"http://127.0.0.1:{spare_port()}/api/ready"
    words[words.index("--retry") + 1] = "1"
    assert subprocess.run(["curl", *words, nobody], capture_output=True, check=False).returncode


def test_servers_keep_on_disk_who_holds_a_slot() -> None:
    unit = read_unit("prefect-server.service")["Service"]["Environment"]
    (module,) = (value.partition("=")[2] for value in unit if value.startswith(ON_DISK))
    assert compose()["services"]["server"]["environment"][ON_DISK] == module
    assert issubclass(
        importlib.import_module(module).ConcurrencyLeaseStorage, ConcurrencyLeaseStorage
    )


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def test_the_compose_file_waits_for_a_server_that_is_ready() -> None:
    services = compose()["services"]
    server, deploy, runs = services["server"], services["deploy"], services["worker"]
    assert server["command"].startswith("prefect server start")
    program, flag, code = shlex.split(server["healthcheck"]["test"])
    assert (program, flag) == ("python", "-c")
    compile(code, "healthcheck", "exec")
    assert "/api/ready" in code
    assert deploy["depends_on"] == {"server": {"condition": "service_healthy"}}
    assert runs["depends_on"] == {"deploy": {"condition": "service_completed_successfully"}}
    assert {server["restart"], runs["restart"]} == {"unless-stopped"}
    assert "restart" not in deploy
    assert runs["command"] == WORKER
    volumes = {each.split(":")[0] for one in (server, runs) for each in one["volumes"]}
    assert volumes == set(compose()["volumes"])


def test_no_service_shares_the_network_of_another() -> None:
    """It would lose it when that one is restarted: services find each other by their names."""
    for service in compose()["services"].values():
        assert "network_mode" not in service
        if url := service["environment"].get("PREFECT_API_URL"):
            assert urlsplit(url).hostname in compose()["services"]


def test_the_compose_file_lets_runs_finish() -> None:
    grace = compose()["services"]["worker"]["stop_grace_period"]
    patience = inspect.signature(worker.main).parameters["patience"].default
    assert patience < 60 * int(grace.removesuffix("m"))


def test_the_images_have_the_version_of_the_course() -> None:
    version = VERSION.findall((PROJECT / "Dockerfile").read_text())[0]
    assert f"prefect=={version} " in (paths.ROOT / "locks" / "course.txt").read_text()
    assert f":{version}-" in compose()["services"]["server"]["image"]
    services = compose()["services"]
    assert services["deploy"]["build"] == services["worker"]["build"] == ".."


def test_no_secret_gets_into_the_image() -> None:
    left_out = (PROJECT / ".dockerignore").read_text().splitlines()
    assert {".env", "out"} <= set(left_out)


def test_who_deploys_is_the_image_that_runs(api: str, tmp_path: Path) -> None:
    """The command of the service runs here, in a folder that stands for that of the image."""
    image = tmp_path / "opt" / "shop-pipeline"
    shutil.copytree(PROJECT, image)
    shell, flag, script = shlex.split(compose()["services"]["deploy"]["command"])
    assert (shell, flag) == ("sh", "-c")
    with open_client() as client, suppress(ObjectAlreadyExists):
        client.create_work_pool(WorkPoolCreate(name="morning", type="process"))  # as a second time
    done = subprocess.run(
        [shell, flag, script],
        cwd=image,
        env=os.environ | {"PREFECT_API_URL": api, "PATH": programs()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "already exists" in done.stdout
    with open_client() as client:
        deployment = client.read_deployment_by_name("daily-report/every-morning")
    (step,) = deployment.pull_steps or []
    assert step["prefect.deployments.steps.set_working_directory"]["directory"] == str(image)
    assert deployment.work_pool_name == "morning"


def programs() -> str:
    """Return a PATH with the programs of this environment, as in the image."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def test_the_workflow_runs_the_quick_tests_first() -> None:
    project = PROJECT
    job = yaml.safe_load((project / ".github" / "workflows" / "test.yml").read_text())["jobs"][
        "test"
    ]
    lock, install, quick, everything = (step["run"] for step in job["steps"] if "run" in step)
    assert lock == "python -m pip install --requirement requirements.txt"
    assert install == "python -m pip install --no-deps --editable ."
    locked = (project / "requirements.txt").read_text()
    extras = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    assert [each.partition(">")[0] for each in extras["optional-dependencies"]["test"]] == [
        "hypothesis",
        "pytest",
    ]
    assert "\nhypothesis==" in locked
    assert "\npytest==" in locked
    assert everything == "python -m pytest"
    globs = re.findall(r'--ignore-glob="([^"]+)"', quick)
    tests = {file.name: file.read_text() for file in project.glob("tests/test_*.py")}
    with_prefect = re.compile(r"^from (prefect|shop_pipeline\.(flows|scripts|tasks))", re.MULTILINE)
    assert {name for name in tests if any(fnmatch(name, glob) for glob in globs)} == {
        name for name, text in tests.items() if with_prefect.search(text)
    }
