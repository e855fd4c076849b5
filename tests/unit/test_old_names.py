"""Names, variables and versions that a scan takes for old."""

import re
import warnings
from importlib.metadata import version
from pathlib import Path

import prefect
import pytest

from course_lib.chapters.ch17.removals import (
    GONE_FILE,
    gone_names,
    old_name,
    old_texts,
    old_variables,
)


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.thorough), 150])
def test_every_name_in_the_file_is_gone(step: int) -> None:
    present = []
    for full in list(gone_names())[::step]:
        module, _, name = full.rpartition(".")
        try:
            with warnings.catch_warnings(action="ignore"):
                exec(f"from {module} import {name}")
        except ImportError:
            continue
        present.append(full)
    assert present == []
    assert len(gone_names()) > 1500
    assert f"Prefect {version('prefect')} has not" in GONE_FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("prefect.results.ResultBlob", "Prefect 2"),
        ("prefect.task_runners.BaseTaskRunner", "Prefect 2"),
        ("prefect.task_runners.TaskConcurrencyType", "Prefect 2"),
        ("prefect.context.PrefectObjectRegistry", "Prefect 2"),
        ("prefect.testing.standard_test_suites.TaskRunnerStandardTestSuite", "Prefect 2"),
        ("prefect.utilities.compat.ThreadedChildWatcher", "Prefect 2"),
        ("prefect.tasks.snowflake.SnowflakeQuery", "Prefect 0 and 1"),
        ("prefect.client.PrefectClient", None),
        ("prefect.engine", None),
    ],
)
def test_names_of_old_releases(name: str, release: str | None) -> None:
    found = old_name(name)
    assert (found and found.worked_in) == release


@pytest.mark.parametrize(
    ("name", "is_old"),
    [
        ("PREFECT_ASYNC_FETCH_STATE_RESULT", True),
        ("PREFECT__CONTEXT__SECRETS__SHOP", True),
        ("PREFECT__CLOUD__API", True),
        ("PREFECT_API_URL", False),
        ("PREFECT_LOGGING_LEVEL", False),
        ("PREFECT_OF_THE_SHOPS", False),
    ],
)
def test_variables(name: str, is_old: bool) -> None:
    assert bool(old_variables(name)) == is_old


def test_no_variable_of_todays_prefect_is_old() -> None:
    folder = Path(prefect.__file__).parent
    sources = (path.read_text(encoding="utf-8") for path in folder.glob("**/*.py"))
    names = {name for source in sources for name in re.findall(r"\bPREFECT_\w+", source)}
    assert len(names) > 150
    assert {"PREFECT__FLOW_RUN_ID", "PREFECT__STORAGE_BASE_PATH"} < names
    assert [name for name in sorted(names) if old_variables(name)] == []


@pytest.mark.parametrize(
    "text",
    [
        "prefect<2",
        "prefect < 3.0",
        "prefect==1.4.*",
        "prefect[aws,gcp]>=2.10,<3.0.0  # so far",
        "prefect~=2.10",
        "prefect<=2.20.3 ; python_version < '3.12'",
        'prefect = "^2.10"',
        'prefect = "2.10.1"',
        'prefect = {extras = ["aws"], version = ">=1.2,<2"}',
        "- prefect=2.10",
        "- conda-forge::prefect =2",
        'pip install "prefect<3" pandas',
        'dependencies = ["prefect (>=2.1,<3)"]',
        "FROM prefecthq/prefect:2-latest",
        "image: docker.io/prefecthq/prefect:1.4.1-python3.9",
        "image: prefecthq/prefect:2.10.4",
        "image: prefecthq/prefect:all_extras-1.2.4",
    ],
)
def test_old_versions(text: str) -> None:
    assert len(old_texts(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "prefect",
        "prefect>=2",
        "prefect>=2.1,<4",
        "prefect>3",
        "prefect==3.1 pandas<2",
        "prefect==3.*",
        "prefect!=2.1",
        "prefect<3.5",
        "prefect<30",
        "prefect-aws<0.5",
        "my-prefect==1.0",
        "prefect_tools==1.0",
        "apache/prefect = 2",
        'prefect = "^3.1"',
        'prefect = ">=2.10"',
        'prefect = {version = "3", optional = true}',
        "- prefect=3.0",
        "image: prefecthq/prefect:3-latest",
        "image: prefecthq/prefect:latest-python3.11",
        "image: prefecthq/prefect:20-latest",
        "image: prefecthq/prefect-aws:2",
    ],
)
def test_versions_of_today(text: str) -> None:
    assert old_texts(text) == []
