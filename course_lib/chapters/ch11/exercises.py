"""Checks of chapter 11: results, caching, transactions."""

import contextlib
import inspect
import json
import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
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
    require_says,
    require_task,
    require_that,
)
from course_lib.exercises.engine import define
from course_lib.exercises.trials import (
    URL,
    Running,
    Trial,
    raises_nothing,
    try_flow,
    try_task,
    try_with,
)
from course_lib.shop import SHOPS, Outcome, Shop, orders

if TYPE_CHECKING:
    from prefect import Task

_STORAGE = "PREFECT_RESULTS_LOCAL_STORAGE_PATH"
_STRANGER = "what another task returned"
_DAY, _NEXT_DAY = "2026-03-05", "2026-03-06"  # not those of the chapter


@define("11.1")
def asks_once(answer: object) -> Points:
    """One request for each shop and day within an hour, from whatever run; no failure is kept."""
    task = yield from require_task(answer)
    with _own_storage() as folder, Shop(latency=0, faults={"orders/east": [404]}) as shop:
        task = task.with_options(result_storage=folder)  # whatever place the answer chose
        trial = yield from _pull(task, shop, "north")
        yield from require(raises_nothing(trial))
        yield from _require_orders("north's orders, first call", trial, "north")
        yield from require_equal(
            "requests that the shop got for the first call", len(trial.requests), 1
        )
        trial = yield from _pull(task, shop, "north")
        state = trial.ends[-1] if trial.ends else "no task run"
        yield from require_that(
            what="the same shop and day, from another flow run and with another client",
            ok=not trial.requests and state == "Cached",
            expected="no request, and the state Cached",
            seen=f"{len(trial.requests)} requests, and the state {state}",
        )
        yield from _require_orders("north's orders, second call", trial, "north")
        trial = yield from _pull(task, shop, "north", _NEXT_DAY)
        yield from _require_orders("the orders of another day", trial, "north", _NEXT_DAY)
        trial = yield from _pull(task, shop, "west")
        yield from _require_orders("the orders of another shop", trial, "west")
        failing = yield from _pull(task, shop, "east")
        trial = yield from _pull(task, shop, "east")
        yield from require_that(
            what="east's orders, after a call that was answered 404",
            ok=trial.result == orders("east", _DAY),
            expected=f"{len(orders('east', _DAY))} orders",
            seen=_size(trial),
            cause="The first call failed, and so does this one."
            if failing.error
            else "The first call didn't fail, so its answer was kept: raise_for_status() makes a "
            "failure one.",
        )
        if _is_shareable(task):
            trial = yield from _pull(_stranger(task), shop, "north")
            yield from require_equal(
                "what another task with the same policy and arguments returned",
                trial.result,
                _STRANGER,
            )
        _grow_older(folder, timedelta(minutes=50))
        trial = yield from _pull(task, shop, "north")
        yield equals(
            "requests that the shop got for a call 50 minutes later", len(trial.requests), 0
        )
        _grow_older(folder, timedelta(minutes=20))
        trial = yield from _pull(task, shop, "north")
        yield equals(
            "requests that the shop got for a call 70 minutes later", len(trial.requests), 1
        )


@define("11.2")
def loads_all_or_nothing(answer: object) -> Points:
    """The table's rows after good loads, repeated ones, and loads that fail at several places."""
    flow = yield from require_flow(answer)
    total = sum(len(orders(name, _DAY)) for name in SHOPS)
    with _own_storage(), _table() as database:
        with Shop(latency=0) as shop:
            trial = yield from try_flow(flow, _DAY, shop.url, database)
            yield from require(raises_nothing(trial))
            yield from _require_rows("rows after a good day", database, _DAY)
            yield from require_equal("what the flow returned", trial.result, total)
            trial = yield from try_flow(flow, _DAY, shop.url, database)
        yield from require_says(
            "the same day once more",
            repr(trial.error)[:120] if trial.error else "no error",
            "no error",
        )
        yield from _require_rows("rows after the same day once more", database, _DAY)
        yield from require_equal(
            "what the flow returned for the same day once more", trial.result, total
        )
        failing: list[tuple[str, str, Outcome]] = [
            ("south's records are spoilt", "orders/south", "dirty"),
            ("west answers 404", "orders/west", 404),
        ]
        for what, path, fault in failing:
            shop = Shop(latency=0, faults={path: [fault] * 9})
            trial = yield from try_with(shop, flow, _NEXT_DAY, URL, database)
            yield from require_that(
                what=f"the load of another day, on which {what}",
                ok=trial.error is not None,
                expected="the run fails",
                seen="it fails" if trial.error else "it ends well",
            )
            yield from _require_rows(f"rows after the day on which {what}", database, _DAY)
        yield from try_with(Shop(latency=0), flow, _NEXT_DAY, URL, database)
        yield from _require_rows("rows when that day is loaded at last", database, _DAY, _NEXT_DAY)


def _pull(task: "Task[Any, Any]", shop: Shop, name: str, day: str = _DAY) -> Running:
    """Call the task with a client of its own; the trial has the requests of this call."""
    import httpx

    before = len(shop.requests)
    with httpx.Client(base_url=shop.url, timeout=5) as client:
        trial = yield from try_task(task, name, day, client)
    return replace(trial, requests=shop.requests[before:])


def _require_orders(what: str, trial: Trial, name: str, day: str = _DAY) -> Iterator[Point]:
    expected = orders(name, day)
    yield from require_that(
        what=what,
        ok=trial.result == expected,
        expected=f"the {len(expected)} orders of {name} on {day}",
        seen=_size(trial),
    )


def _size(trial: Trial) -> str:
    if trial.error is not None:
        return repr(trial.error)[:120]
    found = trial.result
    if isinstance(found, list) and found and isinstance(found[0], dict):
        return f"{len(found)} orders of {found[0].get('shop')} on {found[0].get('day')}"
    return repr(found)[:120]


def _is_shareable(task: "Task[Any, Any]") -> bool:
    """Tell whether another task may use the same policy: a key function may name its own task."""
    from prefect.cache_policies import CacheKeyFnPolicy, CachePolicy

    policy = task.cache_policy
    parts = getattr(policy, "policies", [policy])
    return isinstance(policy, CachePolicy) and not any(
        isinstance(part, CacheKeyFnPolicy) for part in parts
    )


def _stranger(task: "Task[Any, Any]") -> "Task[Any, Any]":
    """Make another task with the same policy and parameters."""
    from prefect import task as as_task

    def stranger(*_: Any) -> str:
        return _STRANGER

    stranger.__signature__ = inspect.signature(task.fn)  # type: ignore[attr-defined]
    return as_task(stranger, cache_policy=task.cache_policy)  # type: ignore[call-overload,no-any-return]


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


def _require_rows(what: str, database: Path, *days: str) -> Iterator[Point]:
    """Require that the table holds the orders of these days, and no others."""
    with contextlib.closing(sqlite3.connect(database)) as db:
        rows = db.execute("SELECT order_id, shop, day, quantity FROM orders").fetchall()
    wanted = [
        (each["order_id"], name, day, each["quantity"])
        for day in days
        for name in SHOPS
        for each in orders(name, day)
    ]
    same = sorted(rows, key=str) == sorted(wanted, key=str)
    seen, expected = _told(rows), _told(wanted)
    if seen == expected and not same:
        seen += ", with other values"
    yield from require_that(what, same, expected, seen)


def _told(rows: list[tuple[Any, ...]]) -> str:
    """Count rows, a day after the other, and shop by shop."""
    counts = Counter((str(day), str(shop)) for _, shop, day, _ in rows)
    parts = (
        f"{day}: " + ", ".join(f"{shop} {count}" for (_, shop), count in group)
        for day, group in groupby(sorted(counts.items()), key=lambda item: item[0][0])
    )
    return "; ".join(parts) or "none"
