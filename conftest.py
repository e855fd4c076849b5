"""One Prefect server, in a workspace of its own, for every test and notebook of a test run."""

import os
import shutil
import tempfile
import threading
from pathlib import Path

import pytest

_WORKSPACE = "COURSE_WORKSPACE"
_NO_SKIP = "COURSE_NO_SKIP"  # set where everything must run, as on CI


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return  # an xdist worker inherits the environment of the controller
    folder = Path(tempfile.mkdtemp(prefix="course-tests-"))
    os.environ[_WORKSPACE] = str(folder)
    config.stash[_FOLDER] = folder


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item: pytest.Item) -> str:
    """Name what must run in one process, one after the other: a file, unless it says less or more.

    Both notebooks of a chapter use the same names of deployments and work pools on one server.
    """
    if item.path.suffix == ".ipynb":
        return f"chapter {item.path.name[:2]}"
    params = item.callspec.params if hasattr(item, "callspec") else {}
    if "exercise" in params:
        return f"exercises of {params['exercise'][:2]}"
    return item.path.relative_to(item.config.rootpath).as_posix()


def pytest_sessionstart(session: pytest.Session) -> None:
    if _FOLDER in session.config.stash and not session.config.option.collectonly:
        from course_lib import server

        # Beside the collection of tests: whoever needs it first waits for it.
        starter = threading.Thread(target=server.ensure, name="start the Prefect server")
        session.config.stash[_STARTER] = starter
        starter.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _FOLDER not in config.stash:
        return
    from course_lib import server, workers

    if _STARTER in config.stash:
        config.stash[_STARTER].join()
    workers.stop_all()  # those of notebooks that failed: nbval kills kernels
    server.stop()
    shutil.rmtree(config.stash[_FOLDER], ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> object:
    report = yield
    if report.skipped and os.environ.get(_NO_SKIP) and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{_NO_SKIP} is set, but the test was skipped: {report.longrepr}"
    return report


_FOLDER = pytest.StashKey[Path]()
_STARTER = pytest.StashKey[threading.Thread]()
