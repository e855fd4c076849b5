"""A workspace with a Prefect server for each process of a test run, and who runs what when."""

import os
import re
import shutil
import signal
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbval.kernel
import psutil
import pytest
from jupyter_client.manager import KernelManager
from nbval.plugin import IPyNbCell

from course_lib.server.processes import end_all

_WORKSPACE = "COURSE_WORKSPACE"
_RUN = "COURSE_TEST_RUN"  # marks each process that a test run has started
_LANGUAGE = "COURSE_LANGUAGE"
_NO_SKIP = "COURSE_NO_SKIP"  # set where nothing may be missing, as in the second step on CI
_SKIPPED = "course/skipped"
_skipped_now: set[str] = set()

# What takes longest, as measured, so that no process is left alone with it at the end.
_LONGEST = [
    "chapter 08",
    "chapter 15",
    "chapter 07",
    "chapter 14",
    "chapter 16",
    "chapter 19",
    "tests/browser/test_lab.py",
    "tests/faults/test_workers.py",
    "tests/faults/test_starting.py",
    "exercises of 18",
    "exercises of 10",
    "exercises of 08",
    "exercises of 15",
    "exercises of 19",
    "tests/faults/test_lab.py",
    "tests/faults/test_running.py",
    "chapter 05",
    "chapter 13",
    "chapter 18",
    "tests/browser/test_slides.py",
    "tests/browser/test_site.py",
    "exercises of 07",
    "exercises of 05",
    "exercises of 11",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("the course")
    group.addoption("--thorough", action="store_true", help="run what `make test` leaves out, too")
    group.addoption("--skipped", action="store_true", help="run only what the last run skipped")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "thorough: only in `make test-all`")
    if _is_of_xdist(config):  # it inherits the controller's environment
        folder = Path(os.environ[_WORKSPACE]) / config.workerinput["workerid"]
        folder.mkdir()
    else:
        folder = Path(tempfile.mkdtemp(prefix="course-tests-"))
        os.environ[_RUN] = str(folder)
    # Each process has a server of its own, which `course.start()` starts where a test needs one:
    # as a learner's, it then serves one notebook at a time, and no test disturbs another.
    os.environ[_WORKSPACE] = str(folder)
    os.environ[_LANGUAGE] = "en"  # whatever the machine speaks: most tests compare English
    config.stash[_FOLDER] = folder
    if config.option.skipped and (before := _skipped_before(config)):
        config.args = sorted({nodeid.partition("::")[0] for nodeid in before})  # less to collect
    nbval.kernel.KernelManager = _kernel_without_ports
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: nothing is left behind


def _kernel_without_ports(**settings: Any) -> KernelManager:
    # TCP ports are chosen a second before a kernel takes them; on a busy machine somebody else may.
    return KernelManager(transport="ipc", ip=f"{tempfile.mkdtemp(prefix='ipc-')}/k", **settings)


def _is_of_xdist(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Keep together what must run in one process: see `_group`."""
    from xdist.scheduler import LoadScopeScheduling

    class Grouped(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid)

    return Grouped(config, log)


def _group(nodeid: str) -> str:
    """Name the group of a test: its file, unless more or less of it belongs together.

    Both notebooks of a chapter use the same names of deployments and work pools on one server.
    The exercises of a chapter have nothing to do with those of the others.
    """
    if chapter := re.match(r"(?:notebooks|solutions)/(\d\d)_", nodeid):
        return f"chapter {chapter[1]}"
    if nodeid.startswith("tests/test_secrets.py"):
        return "chapter 09"  # it runs the notebooks of that chapter
    if exercise := re.match(r"tests/exercises/.*\[(\d\d)\.", nodeid):
        return f"exercises of {exercise[1]}"
    return nodeid.partition("::")[0]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what another test covers or what is missing here, and begin with the longest."""
    chosen = set(_skipped_before(config)) if config.option.skipped else None
    kept, left_out = [], []
    for item in items:
        thorough = item.get_closest_marker("thorough") and not config.option.thorough
        wanted = item.nodeid in chosen if chosen is not None else not thorough
        (kept if wanted else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    needy = [item for item in kept if re.match(r"(?:notebooks|solutions)/16_", item.nodeid)]
    if needy and (missing := _missing()):
        reason = f"chapter 16 needs {' and '.join(missing)}: see README.md"
        for item in needy:
            item.add_marker(pytest.mark.skip(reason=reason))
    items[:] = sorted(kept, key=lambda item: _rank(_group(item.nodeid)))


def _rank(group: str) -> int:
    return _LONGEST.index(group) if group in _LONGEST else len(_LONGEST)


def _skipped_before(config: pytest.Config) -> list[str]:
    assert config.cache is not None
    found: list[str] = config.cache.get(_SKIPPED, [])
    return found


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped_now.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    if config.option.skipped and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK  # nothing was skipped
    cache = getattr(config, "cache", None)  # none with -p no:cacheprovider
    if not _is_of_xdist(config) and cache is not None and not config.option.skipped:
        cache.set(_SKIPPED, sorted(_skipped_now))


def _missing() -> list[str]:
    from course_lib.server.side_servers import has_postgres

    missing = [name for name in ("prefect_dask", "prefect_ray") if find_spec(name) is None]
    return missing if has_postgres() else [*missing, "PostgreSQL"]


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = config.stash[_FOLDER]
    if not _is_of_xdist(config):
        end_all([each for each in psutil.process_iter() if _is_of_run(each, folder)])
    _clear(folder)


def _is_of_run(process: psutil.Process, folder: Path) -> bool:
    """Say whether a test started it that was broken off, and could not end it."""
    with suppress(psutil.Error, OSError):
        return process.pid != os.getpid() and process.environ().get(_RUN) == str(folder)
    return False


def _clear(folder: Path) -> None:
    """End what runs in a workspace, and remove it."""
    from course_lib.server import lifecycle, side_servers, workers

    os.environ[_WORKSPACE] = str(folder)
    workers.stop_all()  # those of notebooks that failed: nbval kills kernels
    side_servers.stop_all()
    lifecycle.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> object:
    report = yield
    if report.skipped and os.environ.get(_NO_SKIP) and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{_NO_SKIP} is set, but the test was skipped: {report.longrepr}"
    return report


def pytest_runtest_setup(item: pytest.Item) -> None:
    if isinstance(item, IPyNbCell) and _BESIDE not in item.parent.stash:
        item.parent.stash[_BESIDE] = _beside(item.path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> object:
    """After a chapter's last cell, fail where it left something among the chapters."""
    done = yield
    if isinstance(item, IPyNbCell) and (nextitem is None or nextitem.parent is not item.parent):
        allowed = {"project", f"files/{item.path.name[:2]}"}
        now = _beside(item.path)
        left = now - item.parent.stash.get(_BESIDE, now) - allowed  # none: all was skipped
        assert not left, f"A chapter writes into its course.folder(), and this one left {left}."
    return done


def _beside(notebook: Path) -> set[str]:
    """Name what lies beside a notebook, here and where it runs; what is hidden is the tools'."""
    workplaces = Path(os.environ[_WORKSPACE]).glob(".course/projects/*")
    names = set()
    for place in (notebook.parent, *workplaces):
        names |= {path.name for path in place.glob("[!.]*") if path.name != "files"}
        names |= {f"files/{path.name}" for path in place.glob("files/*")}
    return names


_FOLDER = pytest.StashKey[Path]()
_BESIDE = pytest.StashKey[set[str]]()
