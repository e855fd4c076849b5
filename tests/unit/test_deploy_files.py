"""The project's files for other machines: a unit, a compose file, a workflow that mean what they say."""

import configparser
import re
import shlex
import shutil
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from course_lib import paths

DEPLOY = paths.SOLUTIONS / "project" / "deploy"
WORKER = "prefect worker start --pool morning --type process"


@pytest.fixture
def unit() -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(DEPLOY / "shop-worker.service")
    return unit


def test_the_unit_keeps_a_worker_running(unit: configparser.ConfigParser) -> None:
    service = unit["Service"]
    program, *words = shlex.split(service["ExecStart"])
    assert Path(program).name == "prefect"
    assert ["prefect", *words] == WORKER.split()
    assert service["Restart"] == "always"
    assert service["Environment"].startswith("PREFECT_API_URL=http://127.0.0.1:4200/api")
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_systemd_finds_no_fault_with_the_unit(tmp_path: Path) -> None:
    if verify := shutil.which("systemd-analyze"):
        here = tmp_path / "shop-worker.service"
        text = (DEPLOY / "shop-worker.service").read_text()
        here.write_text(text.replace("/opt/shop-pipeline/.venv/bin/prefect", "/bin/true"))
        done = subprocess.run([verify, "verify", here], capture_output=True, text=True, check=False)
        assert str(here.name) not in done.stderr, done.stderr


def test_the_compose_file_waits_for_a_healthy_server() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    server, worker = compose["services"]["server"], compose["services"]["worker"]
    assert server["command"].startswith("prefect server start")
    assert worker["command"] == WORKER
    assert worker["depends_on"] == {"server": {"condition": "service_healthy"}}
    assert worker["network_mode"] == "service:server"
    program, flag, code = shlex.split(server["healthcheck"]["test"])
    assert (program, flag) == ("python", "-c")
    compile(code, "healthcheck", "exec")
    assert {server["restart"], worker["restart"]} == {"unless-stopped"}
    volumes = {volume.split(":")[0] for volume in server["volumes"]}
    assert volumes == set(compose["volumes"])
    version = server["image"].split(":")[1].split("-")[0]
    assert f"prefect=={version}" in (paths.ROOT / "locks" / "course.txt").read_text()
    assert f":{version}-" in worker["build"]["dockerfile_inline"]


def test_the_workflow_runs_the_quick_tests_first() -> None:
    project = paths.SOLUTIONS / "project"
    job = yaml.safe_load((project / ".github" / "workflows" / "test.yml").read_text())["jobs"][
        "test"
    ]
    install, quick, everything = (step["run"] for step in job["steps"] if "run" in step)
    assert '".[test]"' in install
    extras = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    assert [each.partition(">")[0] for each in extras["optional-dependencies"]["test"]] == [
        "hypothesis",
        "pytest",
    ]
    assert everything == "python -m pytest"
    globs = re.findall(r'--ignore-glob="([^"]+)"', quick)
    tests = {file.name: file.read_text() for file in project.glob("tests/test_*.py")}
    with_prefect = re.compile(r"^from (prefect|shop_pipeline\.(flows|scripts|tasks))", re.MULTILINE)
    assert {name for name in tests if any(fnmatch(name, glob) for glob in globs)} == {
        name for name, text in tests.items() if with_prefect.search(text)
    }
