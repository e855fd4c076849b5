"""Checks of chapter 19: at work. They are judged on the chapter's second server."""

import asyncio
import inspect
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from course_lib.chapters.ch19.beside import (
    Beside,
    plain_environment,
    planned_second_server,
    second_server,
)
from course_lib.exercises.checks import Check, join_some
from course_lib.exercises.engine import define
from course_lib.exercises.server_objects import new_name
from course_lib.exercises.trials import Call, call_within, error_text
from course_lib.records.deployments import Schedule, between
from course_lib.server.client import open_client
from course_lib.server.internals import plain_console

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import DeploymentResponse

_SECONDS = 600.0  # an answer starts some processes, each of which imports Prefect
# A process that knows its home alone: which profile has it, and does the server let it in?
_CLIENT = """
import json, sys
from prefect import get_client
from prefect.context import get_settings_context
outcome = "reached"
try:
    with get_client(sync_client=True) as client:
        client.create_flow_from_name(sys.argv[1])
except Exception as error:
    response = getattr(error, "response", None)
    outcome = f"status {response.status_code}" if response is not None else type(error).__name__
print(json.dumps([get_settings_context().profile.name, outcome]))
"""
_FLOW = """from prefect import flow


@flow(description="{words}")
def night_count() -> None:
    pass
"""
_NIGHTLY = "night-count/nightly"
_AT_NIGHT = "Mon 02:30, Tue 02:30, Wed 02:30, Thu 02:30, Fri 02:30, Sat 02:30, Sun 02:30"
_KEPT, _CALLS, _TRIES = 3, 9, 20  # with more than ten copies in all
_OTHERS = ["books.db", "prefect.toml", "notes.txt", "backup-notes.txt", "prefect-notes.txt"]


@define("19.1")
def sign_in(check: Check, answer: object) -> None:
    """A stock process with nothing but its home must be let in by the server."""
    check.require_function(answer, "sign_in")
    server = planned_second_server()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        lab = {"PREFECT_API_URL": f"http://127.0.0.1:{random.randint(4300, 4999)}/api"}
        text = f'active = "lab"\n\n[profiles.lab]\nPREFECT_API_URL = "{lab["PREFECT_API_URL"]}"\n'
        (home / "profiles.toml").write_text(text, encoding="utf-8")
        with ThreadPoolExecutor(1) as beside:  # it takes as long as some calls of the answer's
            started = None if server.is_running else beside.submit(server.start)
            _require_end(check, 1, answer, home, server.api, "shop:yesterday's")
        if started:
            started.result()
        _require_end(check, 2, answer, home, server.api, server.key)
        try:
            found = tomllib.loads((home / "profiles.toml").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            found = {"profiles": {error_text(error): {}}}
        profiles = found.get("profiles", {})
        check.require_equal("profiles", sorted(profiles), ["lab", "office"])
        same = profiles["lab"] == lab
        check.require_that("lab", same, "as it was" if same else f"{profiles['lab']}, not {lab}")
        name, outcome = _ask_as_stock(home)
        check.require_equal("active", name, "office")
        check.says("reached", outcome, "recorded by the second server")


def _ask_as_stock(home: Path) -> tuple[str, str]:
    """Let a new process make a record; return the profile that it had, and what became of it."""
    marker = new_name()
    done = subprocess.run(
        [sys.executable, "-c", _CLIENT, marker],
        env=plain_environment(home) | {"PREFECT_SERVER_EPHEMERAL_ENABLED": "false"},
        cwd=home,  # where no prefect.toml is
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        return "none", (done.stderr.strip().splitlines() or ["nothing"])[-1]
    name, outcome = json.loads(done.stdout.splitlines()[-1])
    if outcome != "reached":
        return name, outcome
    from prefect.exceptions import ObjectNotFound

    with _signed_in(second_server()), open_client() as client, suppress(ObjectNotFound):
        client.read_flow_by_name(marker)
        return name, "recorded by the second server"
    return name, "recorded elsewhere"


@define("19.2")
def deploy_again(check: Check, answer: object) -> None:
    """Deployed three times; in between somebody limits the pool, pauses the deployment, resumes it."""
    check.require_function(answer, "deploy")
    from prefect.client.schemas.actions import WorkPoolUpdate

    server, pool = second_server(), new_name()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        _signed_in(server),
        open_client() as client,
        _no_deployment(client, pool),
    ):
        file = Path(folder, "night_count.py")
        file.write_text(_FLOW.format(words="first"), encoding="utf-8")
        _deploy(check, 1, server, answer, pool, file.parent)
        check.require_equal("pool", _type_of(client, pool), "process")
        before = _require_deployments(check, client, pool)
        check.require_says("schedule", _fires(before), _AT_NIGHT)
        limit = random.randint(1, 9)
        client.update_work_pool(pool, WorkPoolUpdate(concurrency_limit=limit))
        client.pause_deployment(before.id)
        file.write_text(_FLOW.format(words="second"), encoding="utf-8")
        _deploy(check, 2, server, answer, pool, file.parent)
        after = _require_deployments(check, client, pool)
        check.require_equal(
            "same", "the same" if after.id == before.id else "a new one", "the same"
        )
        check.require_equal("updated", after.description, "second")
        check.require_equal("schedules", len(after.schedules), 1)
        found = client.read_work_pool(pool).concurrency_limit
        check.that(
            "limit", found == limit, "as it was set" if found == limit else f"{found}, not {limit}"
        )
        check.require_says("paused", "paused" if after.paused else "active", "paused")
        client.resume_deployment(before.id)
        _deploy(check, 3, server, answer, pool, file.parent)
        last = _require_deployments(check, client, pool)
        check.says("resumed", "paused" if last.paused else "active", "active")


def _deploy(
    check: Check, number: int, server: Beside, answer: Any, pool: str, folder: Path
) -> None:
    def there() -> None:
        with _signed_in(server):  # here: settings don't follow into a thread
            value = answer(pool, folder)
            if inspect.iscoroutine(value):
                asyncio.run(value)

    with plain_console():
        call = call_within(_SECONDS, there)
    _judge_end(check, number, call)


def _require_deployments(
    check: Check, client: "SyncPrefectClient", pool: str
) -> "DeploymentResponse":
    """Require that there is one deployment, of the right name and pool, and return it."""
    from prefect.client.schemas.filters import FlowFilter, FlowFilterName

    named = FlowFilter(name=FlowFilterName(any_=["night-count"]))
    found = client.read_deployments(flow_filter=named)
    names = [
        f"night-count/{each.name} in {'the pool' if each.work_pool_name == pool else 'another pool'}"
        for each in found
    ]
    check.require_says("deployments", ", ".join(sorted(names)), f"{_NIGHTLY} in the pool")
    return found[0]


def _fires(deployment: "DeploymentResponse") -> str:
    """Tell when the schedules fire in a week, by Shanghai's clock."""
    zone = ZoneInfo("Asia/Shanghai")
    start, end = datetime(2026, 3, 2, tzinfo=zone), datetime(2026, 3, 9, tzinfo=zone)
    rules = [Schedule.of(each) for each in deployment.schedules]
    runs = sorted(run.astimezone(zone) for rule in rules for run in between(rule, start, end))
    return join_some([f"{run:%a %H:%M}" for run in runs if run < end], 14)


def _type_of(client: "SyncPrefectClient", pool: str) -> str:
    from prefect.exceptions import ObjectNotFound

    with suppress(ObjectNotFound):
        return client.read_work_pool(pool).type
    return "no pool of the name that it was given"


@contextmanager
def _no_deployment(client: "SyncPrefectClient", pool: str) -> Iterator[None]:
    """Have no deployment of the flow, before and afterwards, and no pool afterwards."""
    from prefect.client.schemas.filters import FlowFilter, FlowFilterName
    from prefect.exceptions import ObjectNotFound

    def clear() -> None:
        named = FlowFilter(name=FlowFilterName(any_=["night-count"]))
        for each in client.read_deployments(flow_filter=named):
            client.delete_deployment(each.id)

    clear()
    try:
        yield
    finally:
        clear()
        with suppress(ObjectNotFound):
            client.delete_work_pool(pool)


@define("19.3")
def back_up(check: Check, answer: object) -> None:
    """Copies of a database such as the server's, each taken just after something was written."""
    check.require_function(answer, "back_up")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        database, folder = Path(place, "prefect.db"), Path(place, "backups")
        folder.mkdir()
        for name in _OTHERS:
            (folder / name).touch()
        with closing(sqlite3.connect(database)) as db:
            db.execute("PRAGMA journal_mode = WAL")  # as the server's
            db.execute("CREATE TABLE flow (name TEXT)")
        copies: list[tuple[Path, str]] = []

        def call() -> Path:
            with _just_written(database) as marker:
                made = call_within(_SECONDS, _callable(answer), database, folder)
            if not copies or made is None or made.error:
                _judge_end(check, len(copies) + 1, made)
            given = made.result if made else None
            path = Path(given) if isinstance(given, str | Path) else Path(place, "none")
            is_file = path.is_file() and folder in path.parents
            if not copies or given is None:
                seen = "a file in the folder" if is_file else repr(given)[:80]
                check.require_says("path", seen, "a file in the folder")
            copies.append((path, marker))
            return path

        sound, knows = _read_copy(call(), copies[0][1])
        check.require_says("sound", sound, "ok")
        check.require_says("complete", knows, "in the copy")
        for _ in range(_TRIES):  # until two calls begin and end in one second of the clock
            time.sleep(1.01 - time.time() % 1)
            second, first, other = int(time.time()), call(), call()
            if first == other or int(time.time()) == second:
                break
        check.require_equal("twice", len({first, other}), 2)
        for _ in range(_CALLS):
            call()
        newest = {
            path
            for path, marker in copies[-_KEPT:]
            if path.is_file() and _read_copy(path, marker)[1] == "in the copy"
        }
        check.require_equal("newest", len(newest), _KEPT)
        left = {each.name for each in folder.iterdir()}
        check.equals("kept", len(left - set(_OTHERS)), _KEPT)
        gone = ", ".join(sorted(set(_OTHERS) - left))
        check.says("others", f"{gone} gone" if gone else "there", "there")


@contextmanager
def _just_written(database: Path) -> Iterator[str]:
    """Write something into a database, which stays in the file beside it."""
    marker = new_name()
    with closing(sqlite3.connect(database)) as reader, closing(sqlite3.connect(database)) as writer:
        reader.execute("BEGIN")  # while somebody reads, SQLite merges nothing written since
        reader.execute("SELECT count(*) FROM flow").fetchone()
        writer.execute("INSERT INTO flow VALUES (?)", [marker])
        writer.commit()
        yield marker


def _read_copy(path: Path, marker: str) -> tuple[str, str]:
    """Say whether a copy is sound, and whether it knows the marker, when it stands alone."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        alone = shutil.copyfile(path, Path(place, "alone.db"))
        try:
            with closing(sqlite3.connect(alone)) as db:
                sound = str(db.execute("PRAGMA integrity_check").fetchone()[0])
                query = "SELECT count(*) FROM flow WHERE name = ?"
                known = db.execute(query, [marker]).fetchone()[0]
        except sqlite3.Error as error:
            return error_text(error), "can't be read"
    return sound, "in the copy" if known else "not in the copy"


@contextmanager
def _signed_in(server: Beside) -> Iterator[None]:
    """Let this thread's clients talk to that server."""
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: server.api, PREFECT_API_AUTH_STRING: server.key}):
        yield


def _callable(answer: object) -> Callable[..., Any]:
    assert callable(answer)
    return answer


def _require_end(check: Check, number: int, answer: object, *arguments: object) -> None:
    _judge_end(check, number, call_within(_SECONDS, _callable(answer), *arguments))


def _judge_end(check: Check, number: int, call: Call | None) -> None:
    """Require that the learner's function came to its end without an error."""
    seen = error_text(call.error) if call else "still running"
    check.require_says("end", seen, "no error", number=number)
