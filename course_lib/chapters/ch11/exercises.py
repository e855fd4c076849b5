"""Checks of chapter 11: results, caching, transactions."""

import contextlib
import inspect
import json
import os
import sqlite3
import tempfile
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from course_lib.exercises.checks import (
    Point,
    Points,
    equals,
    require,
    require_equal,
    require_flow,
    require_task,
    require_that,
)
from course_lib.exercises.engine import define
from course_lib.exercises.trials import Trial, raises_nothing, try_flow, try_task
from course_lib.shop import SHOPS, Shop, orders

if TYPE_CHECKING:
    from prefect import Task

_STORAGE = "PREFECT_RESULTS_LOCAL_STORAGE_PATH"
_STRANGER = "what another task returned"
_DAY, _NEXT_DAY = "2026-03-05", "2026-03-06"  # not those of the chapter
_Rows = list[tuple[Any, ...]]


@define("11.1")
def asks_once(answer: object) -> Points:
    """One request for each shop and day within an hour, from whatever run; no failure is kept."""
    task = yield from require_task(answer)
    with _own_storage() as folder, Shop(latency=0, faults={"orders/east": [404]}) as shop:
        task = task.with_options(result_storage=folder)  # whatever place the answer chose
        trial, asked = yield from _pull(task, shop, "north", _DAY)
        yield from require(raises_nothing(trial))
        yield from require(_orders("north's orders, first call", trial, "north", _DAY))
        yield from require(_requests("the first call", asked, 1, "It is stored already: why?"))
        trial, asked = yield from _pull(task, shop, "north", _DAY)
        yield from require_that(
            what="the same shop and day, from another flow run and with another client",
            ok=asked == 0 and _state(trial) == "Cached",
            expected="no request, and the state Cached",
            seen=f"{asked} requests, and the state {_state(trial)}",
        )
        yield from require(_orders("north's orders, second call", trial, "north", _DAY))
        for what, name, day in (
            ("another day", "north", _NEXT_DAY),
            ("another shop", "west", _DAY),
        ):
            trial, asked = yield from _pull(task, shop, name, day)
            yield from require(
                _orders(f"the orders of {what}", trial, name, day, "That must be part of the key.")
            )
        trial, asked = yield from _pull(task, shop, "east", _DAY)
        failed = trial.error is not None
        trial, asked = yield from _pull(task, shop, "east", _DAY)
        yield from require_that(
            what="east's orders, after a call that was answered 404",
            ok=trial.result == orders("east", _DAY),
            expected=f"{len(orders('east', _DAY))} orders",
            seen=_size(trial),
            cause="The first call "
            + ("failed, and so does this one." if failed else "didn't fail, so its answer was ")
            + ("" if failed else "kept: raise_for_status() makes a failure one."),
        )
        if _is_shareable(task):
            yield from _handed_to_a_stranger(task, shop, _DAY)
        _grow_older(folder, timedelta(minutes=50))
        trial, asked = yield from _pull(task, shop, "north", _DAY)
        yield _requests("a call 50 minutes later", asked, 0, "It expires too early: one hour.")
        _grow_older(folder, timedelta(minutes=20))
        trial, asked = yield from _pull(task, shop, "north", _DAY)
        yield _requests(
            "a call 70 minutes later",
            asked,
            1,
            "It never expires, or too late: cache_expiration=timedelta(hours=1). Leave the place "
            "of the results as it is.",
        )


@define("11.2")
def loads_all_or_nothing(answer: object) -> Points:
    """The table's rows after good loads, repeated ones, and loads that fail at several places."""
    flow = yield from require_flow(answer)
    with _own_storage(), _table() as database:
        with Shop(latency=0) as shop:
            trial = yield from try_flow(flow, _DAY, shop.url, database)
            yield from require(raises_nothing(trial))
            yield from require(
                _rows("rows after a good day", database, [_DAY], "Save all four shops.")
            )
            yield from require_equal(
                "what the flow returned",
                trial.result,
                sum(len(orders(name, _DAY)) for name in SHOPS),
            )
            trial = yield from try_flow(flow, _DAY, shop.url, database)
            yield from require_that(
                what="the same day once more",
                ok=trial.error is None,
                expected="no error",
                seen="no error" if trial.error is None else repr(trial.error)[:120],
            )
            yield from require(
                _rows(
                    "rows after the same day once more",
                    database,
                    [_DAY],
                    "The second load took rows away, or left some out.",
                )
            )
            yield from require_equal(
                "what the flow returned for the same day once more",
                trial.result,
                sum(len(orders(name, _DAY)) for name in SHOPS),
            )
        failing: list[tuple[str, Mapping[str, list[Any]]]] = [
            ("south's records are spoilt", {"orders/south": ["dirty"] * 9}),
            ("west answers 404", {"orders/west": [404] * 9}),
        ]
        for what, faults in failing:
            with Shop(latency=0, faults=faults) as shop:
                trial = yield from try_flow(flow, _NEXT_DAY, shop.url, database)
            yield from require_that(
                what=f"the load of another day, on which {what}",
                ok=trial.error is not None,
                expected="the run fails",
                seen="it fails" if trial.error is not None else "it ends well",
            )
            yield from require(
                _rows(
                    f"rows after the day on which {what}",
                    database,
                    [_DAY],
                    "Too many: the failing task's own rows (write them in one transaction of the "
                    "database), or those of the tasks before it (a hook, and with "
                    "transaction(): in the flow). Too few: the hook removes rows of other days.",
                )
            )
        with Shop(latency=0) as shop:
            yield from try_flow(flow, _NEXT_DAY, shop.url, database)
        yield _rows(
            "rows when that day is loaded at last",
            database,
            [_DAY, _NEXT_DAY],
            "Something from the failed runs is taken for done: a key, or a stored result.",
        )


def _pull(
    task: "Task[Any, Any]", shop: Shop, name: str, day: str
) -> Generator[Point, None, tuple[Trial, int]]:
    """Call the task with a client of its own; tell what happened and how often it asked."""
    import httpx

    before = len(shop.requests)
    with httpx.Client(base_url=shop.url, timeout=5) as client:
        trial = yield from try_task(task, name, day, client)
    return trial, len(shop.requests) - before


def _orders(what: str, trial: Trial, name: str, day: str, cause: str = "") -> Point:
    return Point(
        what=what,
        ok=trial.result == orders(name, day),
        expected=f"the {len(orders(name, day))} orders of {name} on {day}",
        seen=_size(trial),
        cause=cause or "Return what the shop answers to /orders/{shop}?day=..., as before.",
    )


def _size(trial: Trial) -> str:
    if trial.error is not None:
        return repr(trial.error)[:120]
    found = trial.result
    if isinstance(found, list) and found and isinstance(found[0], dict):
        return f"{len(found)} orders of {found[0].get('shop')} on {found[0].get('day')}"
    return repr(found)[:120]


def _requests(what: str, seen: int, expected: int, cause: str) -> Point:
    return equals(f"requests that the shop got for {what}", seen, expected, cause)


def _state(trial: Trial) -> str:
    runs = trial.run.task_runs if trial.run else ()
    return runs[-1].state.name if runs else "no task run"


def _is_shareable(task: "Task[Any, Any]") -> bool:
    """Tell whether another task may use the same policy: a key function may name its own task."""
    from prefect.cache_policies import CacheKeyFnPolicy, CachePolicy

    policy = task.cache_policy
    parts = getattr(policy, "policies", [policy])
    return isinstance(policy, CachePolicy) and not any(
        isinstance(part, CacheKeyFnPolicy) for part in parts
    )


def _handed_to_a_stranger(task: "Task[Any, Any]", shop: Shop, day: str) -> Points:
    """Call another task with the same policy and arguments."""
    import httpx
    from prefect import task as as_task

    def stranger(*_: Any) -> str:
        return _STRANGER

    stranger.__signature__ = inspect.signature(task.fn)  # type: ignore[attr-defined]
    other = as_task(stranger, cache_policy=task.cache_policy)  # type: ignore[call-overload]
    with httpx.Client(base_url=shop.url, timeout=5) as client:
        trial = yield from try_task(other, "north", day, client)
    yield from require_equal(
        "what another task with the same policy and arguments returned", trial.result, _STRANGER
    )


def _grow_older(folder: Path, time: timedelta) -> None:
    """Do to stored results what time does: they expire that much sooner."""
    for file in folder.iterdir():
        try:
            stored = json.loads(file.read_bytes())
        except ValueError:  # an exception, which Prefect keeps as it is
            continue
        if expires := stored["metadata"]["expiration"]:
            sooner = datetime.fromisoformat(expires) - time
            stored["metadata"]["expiration"] = sooner.astimezone(UTC).isoformat()
            file.write_text(json.dumps(stored), encoding="utf-8")


@contextlib.contextmanager
def _own_storage() -> Iterator[Path]:
    """Let results be stored in an empty folder, so that no earlier check leaves a hit."""
    from prefect.context import refresh_global_settings_context

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            with patch.dict(os.environ, {_STORAGE: folder}):
                refresh_global_settings_context()
                yield Path(folder)
        finally:
            refresh_global_settings_context()


@contextlib.contextmanager
def _table() -> Iterator[Path]:
    """Make a database with an empty table of orders."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        database = Path(folder, "shop.db")
        with contextlib.closing(sqlite3.connect(database)) as db:
            db.execute(
                "CREATE TABLE orders (order_id TEXT PRIMARY KEY, shop TEXT, day TEXT, quantity INT)"
            )
        yield database


def _rows(what: str, database: Path, days: list[str], cause: str) -> Point:
    with contextlib.closing(sqlite3.connect(database)) as db:
        seen = db.execute("SELECT order_id, shop, day, quantity FROM orders").fetchall()
    wanted = [
        (each["order_id"], name, day, each["quantity"])
        for day in days
        for name in SHOPS
        for each in orders(name, day)
    ]
    same = sorted(seen, key=str) == sorted(wanted, key=str)
    told = _told(seen)
    return Point(
        what=what,
        ok=same,
        expected=_told(wanted),
        seen=told if same or told != _told(wanted) else f"{told}, with other values",
        cause=cause,
    )


def _told(rows: _Rows) -> str:
    """Count rows, a day after the other, and shop by shop."""
    counts: dict[str, dict[str, int]] = {}
    for _, shop, day, _ in sorted(rows, key=lambda row: (str(row[2]), str(row[1]))):
        of_day = counts.setdefault(str(day), {})
        of_day[str(shop)] = of_day.get(str(shop), 0) + 1
    parts = (
        f"{day}: " + ", ".join(f"{shop} {count}" for shop, count in of_day.items())
        for day, of_day in counts.items()
    )
    return "; ".join(parts) or "none"
