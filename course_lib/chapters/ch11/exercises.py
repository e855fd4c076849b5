"""Checks of chapter 11: results, caching, transactions."""

import contextlib
import inspect
import json
import os
import re
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any, TypeAlias
from unittest.mock import patch

from course_lib.exercises.checks import AnyFlow, AnyTask, Check, short_repr
from course_lib.exercises.engine import define
from course_lib.exercises.trials import (
    URL,
    Call,
    Trial,
    error_text,
    require_end,
    try_flow,
    try_with,
)
from course_lib.shop import SHOPS, Outcome, Shop, orders

_STORAGE = "PREFECT_RESULTS_LOCAL_STORAGE_PATH"
_STRANGER = "what another task returned"
Row: TypeAlias = tuple[Any, ...]  # of the table: order_id, shop, day, quantity
_DAY, _NEXT_DAY = "2026-03-05", "2026-03-06"  # not those of the chapter


@define("11.1", "a task")
def asks_once(check: Check, task: AnyTask) -> None:
    """One request for each shop and day within an hour, from whatever run; no failure is kept."""
    failures: list[Outcome] = Random().sample([404, 503], 2)
    with _own_storage() as folder, Shop(latency=0, faults={"orders/east": failures}) as shop:
        task = task.with_options(result_storage=folder)  # whatever place the answer chose
        (first,) = _pull(check, task, shop, ("north", _DAY))
        require_end(check, first)
        _require_orders(check, "north", first, "north", which="first")
        check.require_equal("first_call", first.requests, 1)
        keys = " ".join(file.name for file in folder.rglob("*"))
        east = [("east", _DAY)] * (len(failures) + 1)
        others = [("north", _NEXT_DAY), ("west", _DAY)]
        again, later_day, west, *failing, at_last = _pull(
            check, task, shop, ("north", _DAY), *others, *east
        )
        seen = f"{again.requests} requests, and the state {again.state}"
        check.require_that("cached", not again.requests and again.state == "Cached", seen)
        _require_orders(check, "north", again, "north", which="second")
        _require_orders(check, "other", later_day, "north", _NEXT_DAY, what="day")
        _require_orders(check, "other", west, "west", what="shop")
        wanted = orders("east", _DAY)
        kept = any(not each.error and each.result != wanted for each in failing)
        key, right = "east_kept" if kept else "east", at_last.result == wanted
        seen = _size(at_last) if right else f"{_size(at_last)}, after the answers {failures}"
        check.require_that(key, right, seen, count=len(wanted))
        (stranger,) = _pull(check, _stranger(task), shop, ("north", _DAY))
        if stranger.result != _STRANGER and (words := _words(keys)):
            check.that("named", True, " ".join(words))
        else:
            seen = _STRANGER if stranger.result == _STRANGER else short_repr(stranger.result)
            check.require_says("stranger", seen, _STRANGER)
        _grow_older(folder, timedelta(minutes=55))
        (sooner,) = _pull(check, task, shop, ("north", _DAY))
        check.equals("sooner", sooner.requests, 0)
        _grow_older(folder, timedelta(minutes=10))
        (later,) = _pull(check, task, shop, ("north", _DAY))
        check.equals("later", later.requests, 1)


@define("11.2", "a flow")
def loads_all_or_nothing(check: Check, flow: AnyFlow) -> None:
    """The table's rows after good loads, repeated ones, and loads that fail at several places."""
    spoilt, busy, gone = Random().sample(SHOPS[1:], 3)  # with a shop before each
    with _own_storage(), _table() as database:

        def load(day: str, shop: str = "*", outcome: Outcome = 200, times: int = 1) -> Trial:
            faults = {f"orders/{shop}": [outcome] * times}
            return try_with(Shop(latency=0, faults=faults), flow, day, URL, database)

        def require_good(trial: Trial, what: str, key: str, *days: str) -> None:
            check.require_says("ends", error_text(trial.error), "no error", what=what)
            _require_rows(check, key, _rows(database), _sent(*days), what)
            check.require_equal("returned", trial.result, len(_sent(days[-1])), what=what)

        def require_as_before(trial: Trial, what: str, shop: str, before: list[Row]) -> None:
            seen = "it fails" if trial.failed else f"it ends well, {shop} was the shop"
            check.require_that("fails", trial.failed, seen, what=what)
            key = _trace(_rows(database), before, _NEXT_DAY, shop)
            _require_rows(check, key, _rows(database), before, what, shop)

        trial = load(_DAY)
        require_end(check, trial)
        require_good(trial, "a good day", "good_day", _DAY)
        require_good(load(_DAY), "the same day once more", "once_more", _DAY)
        _lose_some(database, _DAY)
        what = "the same day, after rows were lost and others corrected at the shop"
        require_good(load(_DAY), what, "after_loss", _DAY)
        trial = load(_NEXT_DAY, spoilt, "dirty", 9)
        what = "another day, on which a shop's records are spoilt"
        require_as_before(trial, what, spoilt, _sent(_DAY))
        trial = load(_NEXT_DAY, busy, 503)
        what = "that day, on which a shop answers 503 once"
        if trial.failed:
            require_as_before(trial, what, busy, _sent(_DAY))
        else:
            _require_rows(check, "busy", _rows(database), _sent(_DAY, _NEXT_DAY), what, busy)
        require_good(load(_NEXT_DAY), "that day at last", "at_last", _DAY, _NEXT_DAY)
        _lose_some(database, _NEXT_DAY)
        before = _rows(database)
        trial = load(_NEXT_DAY, gone, 404, 9)
        what = "that day once more, and a shop that answers 404"
        require_as_before(trial, what, gone, before)


@dataclass(frozen=True)
class _Pulled(Call):
    """What a call of the task returned or raised, in which state it ended, and what it asked for."""

    state: str
    requests: int


def _pull(check: Check, task: AnyTask, shop: Shop, *calls: tuple[str, str]) -> list[_Pulled]:
    """Call the task for each shop and day in one flow run, each time with a client of its own."""
    import httpx
    from prefect import flow

    pulled: list[_Pulled] = []
    begin: Any = task

    def note(state: Any, value: Any, before: int) -> None:
        error = value if isinstance(value, BaseException) else None
        requests = len(shop.requests) - before
        pulled.append(_Pulled(None if error else value, error, state.name, requests))

    def pull_each() -> None:
        for arguments in calls:
            before = len(shop.requests)
            with httpx.Client(base_url=shop.url, timeout=5) as client:
                state = begin(*arguments, client, return_state=True)
            note(state, state.result(raise_on_failure=False), before)

    async def pull_each_async() -> None:
        for arguments in calls:
            before = len(shop.requests)
            with httpx.Client(base_url=shop.url, timeout=5) as client:
                state = await begin(*arguments, client, return_state=True)
            note(state, await state.aresult(raise_on_failure=False), before)

    each: Any = pull_each_async if task.isasync else pull_each
    trial = try_flow(flow(name="check of pull_orders")(each))
    if len(pulled) < len(calls):
        require_end(check, trial)
    return pulled


def _require_orders(
    check: Check, key: str, pulled: _Pulled, name: str, day: str = _DAY, **names: str
) -> None:
    expected = orders(name, day)
    right, count = pulled.result == expected, len(expected)
    check.require_that(key, right, _size(pulled), count=count, name=name, day=day, **names)


def _size(pulled: _Pulled) -> str:
    if pulled.error is not None:
        return repr(pulled.error)[:120]
    found = pulled.result
    if isinstance(found, list) and found and isinstance(found[0], dict):
        return f"{len(found)} orders of {found[0].get('shop')} on {found[0].get('day')}"
    return repr(found)[:120]


def _words(keys: str) -> list[str]:
    """Return the words in readable keys that don't stand for the shop or the day."""
    readable = re.sub(r"[0-9a-f]{16,}", " ", keys.lower())  # a hash tells nothing
    words = re.findall(r"[^\W\d_]{3,}", readable)
    return sorted(set(words) - {*SHOPS, "shop", "day", "client"})


def _stranger(task: AnyTask) -> AnyTask:
    """Make another task with the same policy and parameters."""
    from prefect import task as as_task

    def stranger(*_: Any) -> str:
        return _STRANGER

    stranger.__signature__ = inspect.signature(task.fn)  # type: ignore[attr-defined]
    return as_task(  # type: ignore[call-overload,no-any-return]
        stranger, cache_policy=task.cache_policy, result_storage_key=task.result_storage_key
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


def _rows(database: Path) -> list[Row]:
    with contextlib.closing(sqlite3.connect(database)) as db:
        rows = db.execute("SELECT order_id, shop, day, quantity FROM orders").fetchall()
    return sorted(rows, key=str)


def _sent(*days: str) -> list[Row]:
    """Return the rows that good loads of these days make."""
    rows: list[Row] = [
        (each["order_id"], name, day, each["quantity"])
        for day in days
        for name in SHOPS
        for each in orders(name, day)
    ]
    return sorted(rows, key=str)


def _lose_some(database: Path, day: str) -> None:
    """Take three rows of each shop away, and give three others a quantity of earlier."""
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        for name in SHOPS:
            ids = Random().sample([(each["order_id"],) for each in orders(name, day)], 6)
            db.executemany("DELETE FROM orders WHERE order_id = ?", ids[:3])
            db.executemany("UPDATE orders SET quantity = 1000 WHERE order_id = ?", ids[3:])


def _trace(rows: list[Row], before: list[Row], day: str, shop: str) -> str:
    """Return the key of the point that says what a load that failed at this shop left undone."""
    missing, differing = set(before) - set(rows), set(before) ^ set(rows)
    if any(row[2] != day for row in differing):
        return "other_days"
    if missing:
        return "lost"
    return "own_rows" if differing and all(row[1] == shop for row in differing) else "part"


def _require_rows(
    check: Check, key: str, rows: list[Row], wanted: list[Row], what: str, shop: str = ""
) -> None:
    """Require that these are the rows, counted for the learner; the shop is one that failed."""
    seen, expected = _told(rows), _told(wanted)
    if rows != wanted:
        other = len({row[0] for row in set(rows) - set(wanted)} & {row[0] for row in wanted})
        seen += f"; with another quantity: {other}" if other else ""
        seen += f" ({shop} was the shop)" if shop else ""
        seen += ", with other values" if seen == expected else ""
    check.require_says(key, seen, expected, what=what)


def _told(rows: list[Row]) -> str:
    """Count rows, a day after the other, and shop by shop."""
    counts = Counter((str(day), str(shop)) for _, shop, day, _ in rows)
    parts = (
        f"{day}: " + ", ".join(f"{shop} {count}" for (_, shop), count in group)
        for day, group in groupby(sorted(counts.items()), key=lambda item: item[0][0])
    )
    return "; ".join(parts) or "none"
