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
from typing import Any
from unittest.mock import patch

from course_lib.exercises.checks import AnyFlow, AnyTask, Check
from course_lib.exercises.engine import define
from course_lib.exercises.trials import (
    URL,
    Trial,
    require_end,
    try_flow,
    try_task,
    try_with,
)
from course_lib.shop import SHOPS, Outcome, Shop, orders

_STORAGE = "PREFECT_RESULTS_LOCAL_STORAGE_PATH"
_STRANGER = "what another task returned"
_DAY, _NEXT_DAY = "2026-03-05", "2026-03-06"  # not those of the chapter


@define("11.1", "a task")
def asks_once(check: Check, task: AnyTask) -> None:
    """One request for each shop and day within an hour, from whatever run; no failure is kept."""
    with _own_storage() as folder, Shop(latency=0, faults={"orders/east": [404]}) as shop:
        task = task.with_options(result_storage=folder)  # whatever place the answer chose
        trial = _pull(task, shop, "north")
        require_end(check, trial)
        _require_orders(check, "north", trial, "north", which="first")
        check.require_equal("first_call", len(trial.requests), 1)
        trial = _pull(task, shop, "north")
        state = trial.ends[-1] if trial.ends else "no task run"
        seen = f"{len(trial.requests)} requests, and the state {state}"
        check.require_that("cached", not trial.requests and state == "Cached", seen)
        _require_orders(check, "north", trial, "north", which="second")
        trial = _pull(task, shop, "north", _NEXT_DAY)
        _require_orders(check, "other", trial, "north", _NEXT_DAY, what="day")
        trial = _pull(task, shop, "west")
        _require_orders(check, "other", trial, "west", what="shop")
        failing = _pull(task, shop, "east")
        trial = _pull(task, shop, "east")
        key, wanted = "east" if failing.error else "east_kept", orders("east", _DAY)
        check.require_that(key, trial.result == wanted, _size(trial), count=len(wanted))
        if _is_shareable(task):
            trial = _pull(_stranger(task), shop, "north")
            check.require_equal("stranger", trial.result, _STRANGER)
        _grow_older(folder, timedelta(minutes=50))
        trial = _pull(task, shop, "north")
        check.equals("sooner", len(trial.requests), 0)
        _grow_older(folder, timedelta(minutes=20))
        trial = _pull(task, shop, "north")
        check.equals("later", len(trial.requests), 1)


@define("11.2", "a flow")
def loads_all_or_nothing(check: Check, flow: AnyFlow) -> None:
    """The table's rows after good loads, repeated ones, and loads that fail at several places."""
    total = sum(len(orders(name, _DAY)) for name in SHOPS)
    with _own_storage(), _table() as database:
        with Shop(latency=0) as shop:
            trial = try_flow(flow, _DAY, shop.url, database)
            require_end(check, trial)
            _require_rows(check, "good_day", database, _DAY)
            check.require_equal("returned", trial.result, total)
            trial = try_flow(flow, _DAY, shop.url, database)
        seen = repr(trial.error)[:120] if trial.error else "no error"
        check.require_says("once_more", seen, "no error")
        _require_rows(check, "rows_once_more", database, _DAY)
        check.require_equal("returned_once_more", trial.result, total)
        failing: list[tuple[str, str, Outcome]] = [
            ("south's records are spoilt", "orders/south", "dirty"),
            ("west answers 404", "orders/west", 404),
        ]
        for what, path, fault in failing:
            shop = Shop(latency=0, faults={path: [fault] * 9})
            trial = try_with(shop, flow, _NEXT_DAY, URL, database)
            seen = "it fails" if trial.error else "it ends well"
            check.require_that("fails", trial.error is not None, seen, what=what)
            _require_rows(check, "rows_of_failed", database, _DAY, what=what)
        busy = Shop(latency=0, faults={"orders/west": [503]})
        trial = try_with(busy, flow, _NEXT_DAY, URL, database)
        loaded = [] if trial.error else [_NEXT_DAY]
        _require_rows(check, "rows_of_busy", database, _DAY, *loaded)
        try_with(Shop(latency=0), flow, _NEXT_DAY, URL, database)
        _require_rows(check, "at_last", database, _DAY, _NEXT_DAY)


def _pull(task: AnyTask, shop: Shop, name: str, day: str = _DAY) -> Trial:
    """Call the task with a client of its own; the trial has the requests of this call."""
    import httpx

    before = len(shop.requests)
    with httpx.Client(base_url=shop.url, timeout=5) as client:
        trial = try_task(task, name, day, client)
    return replace(trial, requests=shop.requests[before:])


def _require_orders(
    check: Check, key: str, trial: Trial, name: str, day: str = _DAY, **names: str
) -> None:
    expected = orders(name, day)
    right, count = trial.result == expected, len(expected)
    check.require_that(key, right, _size(trial), count=count, name=name, day=day, **names)


def _size(trial: Trial) -> str:
    if trial.error is not None:
        return repr(trial.error)[:120]
    found = trial.result
    if isinstance(found, list) and found and isinstance(found[0], dict):
        return f"{len(found)} orders of {found[0].get('shop')} on {found[0].get('day')}"
    return repr(found)[:120]


def _is_shareable(task: AnyTask) -> bool:
    """Tell whether another task may use the same policy: a key function may name its own task."""
    from prefect.cache_policies import CacheKeyFnPolicy, CachePolicy

    policy = task.cache_policy
    parts = getattr(policy, "policies", [policy])
    return isinstance(policy, CachePolicy) and not any(
        isinstance(part, CacheKeyFnPolicy) for part in parts
    )


def _stranger(task: AnyTask) -> AnyTask:
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


def _require_rows(check: Check, key: str, database: Path, *days: str, **names: str) -> None:
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
    check.require_says(key, seen, expected, **names)


def _told(rows: list[tuple[Any, ...]]) -> str:
    """Count rows, a day after the other, and shop by shop."""
    counts = Counter((str(day), str(shop)) for _, shop, day, _ in rows)
    parts = (
        f"{day}: " + ", ".join(f"{shop} {count}" for (_, shop), count in group)
        for day, group in groupby(sorted(counts.items()), key=lambda item: item[0][0])
    )
    return "; ".join(parts) or "none"
