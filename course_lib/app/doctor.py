"""Is everything here that the course needs? Each check stands alone and names its remedy."""

import importlib.util
import json
import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution, requires, version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from course_lib import paths
from course_lib.errors import CourseError
from course_lib.language.messages import in_language
from course_lib.server import dashboard_link, environment, lifecycle
from course_lib.server.client import open_client
from course_lib.server.ports import LOOPBACK
from course_lib.server.processes import Record

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_COURSE = "prefect-course"
_SET_UP_AGAIN = "Set it up again: delete .venv in the course's folder and run `make lab`"
_FREE = 500_000_000
_DISK = "500 MB of free disk"


@dataclass(frozen=True)
class Check:
    """One thing that the course needs, whether it is so here, and what to do where it isn't."""

    name: str
    ok: bool
    remedy: str = ""
    measured: str = ""
    """What was found, where that is a figure."""

    def __str__(self) -> str:
        return f"[OK] {self.name}" if self.ok else f"[FAIL] {self.name} -> {self.remedy}"


def doctor() -> None:
    """Print a line for each check, with what to do where one fails.

    The Prefect server is started if it doesn't run.
    """
    for check in checks():
        print(in_language(str(check)))


def checks(begin: Callable[[str], object] = lambda _name: None) -> Iterator[Check]:
    """Yield each check of this machine as it ends, after `begin` was called with its name.

    As text, those that are OK read the same on every machine.
    """
    wanted = _CHECKS | _BEHIND_HUB if dashboard_link.hub_prefix() else _CHECKS
    for name, check in wanted.items():
        begin(name)
        yield _run(name, check)


def _run(name: str, check: Callable[[], str | None]) -> Check:
    try:
        remedy = check()
    except CourseError as error:
        remedy = str(error)
    except Exception as error:  # a check that breaks is a finding too, and hides no other
        remedy = f"The check itself failed with {type(error).__name__}: {error}. {_SET_UP_AGAIN}."
    # One line each, though some messages of others hold several.
    line = " ".join((remedy or "").split())
    measure = _MEASURED.get(name)
    return Check(name, remedy is None, line, measure() if measure and remedy is None else "")


# Each check returns what to do, or None where nothing is to be done.


def _python() -> str | None:
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return None
    here = ".".join(map(str, sys.version_info[:2]))
    return (
        f"This is Python {here}: delete .venv in the course's folder and run e.g. "
        "`make PYTHON=python3.12 lab`."
    )


def _environment() -> str | None:
    installed = Path(sysconfig.get_path("purelib")).resolve()
    try:
        course = distribution(_COURSE)
    except PackageNotFoundError:
        course = None
    # Found elsewhere, say by PYTHONPATH, it wasn't installed for this Python.
    if course is None or Path(str(course.locate_file(""))).resolve() != installed:
        return (
            f"The course isn't installed for {sys.executable}: open the notebook by `course lab`, "
            "or choose the kernel of the course's environment."
        )
    origin = json.loads(course.read_text("direct_url.json") or "{}").get("url", "")
    home = Path(url2pathname(urlsplit(origin).path)).resolve() if origin else installed
    for name, where in {"course_lib": home, "prefect": installed}.items():
        spec = importlib.util.find_spec(name)
        found = Path(spec.origin).resolve() if spec and spec.origin else None
        if found is None or where not in found.parents:
            return (
                f"`import {name}` finds {found}, not the one in {where}: rename what stands in the "
                "way, or unset PYTHONPATH, and restart the kernel."
            )
    return None


def _packages() -> str | None:
    wrong = []
    for requirement in _requirements():
        try:
            here = version(requirement.name)
            if not requirement.specifier.contains(here, prereleases=True):
                wrong.append(f"{requirement.name} is {here} but must be {requirement.specifier}")
        except PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
    return f"{'; '.join(wrong)}. {_SET_UP_AGAIN}." if wrong else None


def _prefect() -> str | None:
    import prefect  # not what metadata says: the module that flows are going to use

    wanted = next(each.specifier for each in _requirements() if each.name == "prefect")
    if wanted.contains(prefect.__version__):
        return None
    return f"It is {prefect.__version__} but must be {wanted}. {_SET_UP_AGAIN}."


def _requirements() -> "list[Requirement]":
    """List what the course needs here, without its extras."""
    from packaging.requirements import Requirement

    found = map(Requirement, requires(_COURSE) or [])
    return [each for each in found if not each.marker or each.marker.evaluate({"extra": ""})]


def _workspace() -> str | None:
    try:
        with tempfile.TemporaryFile(dir=paths.home()) as file:
            file.write(b"something")
    except OSError as error:
        return (
            f"{paths.workspace()} can't be written ({error.strerror}): make room, or set "
            "COURSE_WORKSPACE to a folder of your own."
        )
    return None


def _disk() -> str | None:
    if shutil.disk_usage(paths.home()).free >= _FREE:
        return None
    return (
        f"Where {paths.workspace()} is, {_free_disk()}, and the course needs {_FREE / 1e6:.0f} MB: "
        "delete something."
    )


def _free_disk() -> str:
    return f"{shutil.disk_usage(paths.home()).free / 1e6:,.0f} MB are left"


def _server() -> str | None:
    here, wanted = lifecycle.release(lifecycle.ensure()), version("prefect")
    if here == wanted:
        return None
    return f"It is Prefect {here or 'of an unknown release'}, not {wanted}: run `course restart`."


def _direct() -> str | None:
    import httpx

    record = _connected()
    if record is None:
        return "Without a server there is nothing to ask: put that right first."
    url = f"http://{LOOPBACK}:{record.port}/api/admin/version"
    try:
        # As Prefect asks, so that proxy variables count; but a busy machine gets more time.
        answer = httpx.get(url, timeout=60).json()
    except (httpx.HTTPError, ValueError):
        answer = None
    if answer == lifecycle.release(record):
        return None
    return (
        f"Something stands between this Python and {url}: unset HTTP_PROXY and ALL_PROXY, or let "
        "your proxy, VPN or firewall leave 127.0.0.1 alone."
    )


def _flow() -> str | None:
    if _connected() is None:
        return "Without a server nothing is recorded: put that right first."
    from prefect import flow, task
    from prefect.settings import PREFECT_LOGGING_TO_API_ENABLED, temporary_settings

    from course_lib.kernel.own_runs import own_runs
    from course_lib.records.reading import last_run

    @task
    def listen() -> str:
        return "a heartbeat"

    @flow(name=f"doctor {os.getpid()}")  # of its own, since it is deleted below
    def examine() -> str:
        return listen()

    # Nothing of it stays: no lines on their way when the server stops, no run to be seen.
    with temporary_settings({PREFECT_LOGGING_TO_API_ENABLED: False}):
        examine()
    run = last_run(examine)
    with open_client() as client:
        client.delete_flow(client.read_flow_run(run.id).flow_id)
    own_runs.flow_runs.pop(str(run.id))
    if run.state.type == "COMPLETED" and len(run.task_runs) == 1:
        return None
    return (
        f"The run is recorded as {run.state.name} with {len(run.task_runs)} task runs, not as "
        "Completed with one: run `course restart` and try again."
    )


def _dashboard() -> str | None:
    record = lifecycle.alive()
    if record is None:
        return "Without a server there is no dashboard: put that right first."
    return dashboard_link.trouble(record.port, record.pid)


def _connected() -> Record | None:
    """Connect this process to the server if that runs: what counts is how flows see it."""
    record = lifecycle.alive()
    if record:
        environment.apply(lifecycle.prefect_home(), record.port)
    return record


_CHECKS: dict[str, Callable[[], str | None]] = {
    "Python 3.11 to 3.13": _python,
    "this Python is the course's own environment": _environment,
    "every package is one that the course works with": _packages,
    "Prefect is the release that the course is written for": _prefect,
    "the course's folder can be written": _workspace,
    _DISK: _disk,
    "the Prefect server answers": _server,
    "no proxy stands between flows and the server": _direct,
    "a flow run is recorded and read back": _flow,
}
_MEASURED: dict[str, Callable[[], str]] = {_DISK: _free_disk}
_BEHIND_HUB: dict[str, Callable[[], str | None]] = {
    "the dashboard's address leads to it": _dashboard,
}
