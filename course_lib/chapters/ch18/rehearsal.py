"""A week of a pipeline, rehearsed: each run is planned as by its schedule, and executed at once.

The shops misbehave as told, a morning may be interrupted, and what came of it is read from
Prefect's record and from the database alone.
"""

import asyncio
import ctypes
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from course_lib.errors import CourseError
from course_lib.records.deployments import between
from course_lib.records.reading import read_run
from course_lib.records.runs import FlowRun, TaskRun
from course_lib.server.client import open_client
from course_lib.shop import SHOPS, Outcome, Shop, Slow, orders
from course_lib.shop.data import spoiled
from course_lib.waiting import wait_until

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.schedules import Schedule

ZONE = ZoneInfo("Asia/Shanghai")
"""The clock on the shops' walls."""

Faults = Mapping[str, Sequence[Outcome]]
Row = dict[str, Any]
# A morning whose runs are over: its day, their ids, and what each shop answered last; of a shop
# that nobody asked, what it would have answered.
_Executed = tuple[date, list[UUID], dict[str, Outcome]]
_MOST_RUNS = 14  # in a rehearsed week; a rule that fires each minute would take all day
_HANGING = "orders/south"  # what an interrupted run is asking for at that moment
_LIMIT = 90.0  # seconds; no run of a right answer takes 5
_POLL_SECONDS = 0.01
_ATTEMPTS = 9  # more than anybody makes, so that a fault lasts


@dataclass(frozen=True)
class Pipeline:
    """A flow, and when it runs."""

    flow: "Flow[..., Any]"  # takes `url`, `database` and `day`; runs by schedule leave `day` out
    schedule: "Schedule"

    @property
    def fn(self) -> Callable[..., Any]:
        """The function behind the flow."""
        return self.flow.fn


@dataclass(frozen=True)
class Morning:
    """One planned run of a rehearsed week, and whatever else was run for its day."""

    planned: datetime  # by Shanghai's clock, as Prefect recorded it
    day: date  # the day before: the one whose orders are wanted
    # The planned run; where it was interrupted, also the one that did it again.
    runs: tuple[FlowRun, ...]
    # By shop: how many records of its last answer are fit to be stored, how many are not, and how
    # many rows of the day were in the database at the week's end.
    good: Mapping[str, int]
    flawed: Mapping[str, int]
    stored: Mapping[str, int]

    @property
    def weekday(self) -> str:
        """Such as ``Monday``: that of the run, not of the orders."""
        return f"{self.planned:%A}"

    def of(self, shop: str) -> tuple[TaskRun, ...]:
        """Return the last run's task runs that are named after a shop, such as ``pull north``."""
        return tuple(each for each in all_task_runs(self.runs[-1]) if shop in each.name.split())


@dataclass(frozen=True)
class Week:
    """What came of a rehearsed week."""

    mornings: tuple[Morning, ...]
    orders: tuple[Row, ...]  # the rows of the table `orders` at the week's end
    totals: tuple[Row, ...]  # the rows of the table, or view, `totals`


def rehearse_week(
    pipeline: Pipeline,
    monday: date,
    faults: Mapping[str, Faults] | None = None,
    interrupted: str = "",
) -> Week:
    """Run a pipeline through a week: once for each time at which its schedule fires.

    All is by Shanghai's clock. `faults` says what goes wrong on which weekday, such as
    ``{"Tuesday": {"orders/north": [503]}}``; `interrupted` is a weekday whose run is cut off while
    it asks for south's orders, and then done again, with `day`.
    """
    start = datetime.combine(monday, datetime.min.time(), ZONE)
    end = start + timedelta(days=7)
    times = [at.astimezone(ZONE) for at in between(pipeline.schedule, start, end) if at < end]
    if len(times) > _MOST_RUNS:
        raise CourseError(f"The schedule fires {len(times)} times a week, wanted once a day.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        database = Path(folder, "shop.db")
        executed = []
        for at in times:
            weekday = f"{at:%A}"
            todays = (faults or {}).get(weekday, {})
            executed.append(_run(pipeline.flow, at, todays, database, weekday == interrupted))
        rows, totals = read_rows(database, "orders"), read_rows(database, "totals")
    return Week(tuple(_read(*each, rows) for each in executed), tuple(rows), tuple(totals))


def run_planned(flow: "Flow[..., Any]", at: datetime, **parameters: Any) -> FlowRun:
    """Plan a run of a flow for a time, as a schedule does, execute it at once, and read it.

    The parameters are sent to the server and back, as those of a deployment's runs. A run that
    fails raises nothing here.
    """
    return _recorded(_execute(flow, at, parameters))


def run_interrupted(flow: "Flow[..., Any]", **parameters: Any) -> FlowRun:
    """Run a flow and cut it off, as Ctrl-C would, while south's server keeps it waiting.

    The flow is given the address of the shop as `url`, beside the parameters.
    """
    return _recorded(_execute_and_cut(flow, datetime.now(UTC), {}, parameters))


def read_rows(database: Path, table: str) -> list[Row]:
    """Read a table of a SQLite file, in order of its columns; none where there is no such table."""
    if not database.exists():
        return []
    with closing(sqlite3.connect(database)) as db:
        db.row_factory = sqlite3.Row
        try:
            found = [dict(row) for row in db.execute(f"SELECT * FROM {table}")]
        except sqlite3.OperationalError:
            return []
    return sorted(found, key=lambda row: [str(value) for value in row.values()])


def good_orders(shop: str, day: date, answer: Outcome = 200) -> list[Row]:
    """Return the records of a shop's answer that are fit to be stored."""
    return [order for order in _sent(shop, day, answer) if order.get("quantity", 0) > 0]


def euros(row: Row) -> float:
    """Return what an order comes to; 0 where a number is missing."""
    return float((row.get("quantity") or 0) * (row.get("unit_price") or 0))


def lasting(outcome: Outcome) -> list[Outcome]:
    """Return a fault that is still there however often somebody asks."""
    return [outcome] * _ATTEMPTS


def all_task_runs(run: FlowRun) -> tuple[TaskRun, ...]:
    """Return the task runs of a run and of the flows that it called."""
    return run.task_runs + tuple(each for inner in run.subflows for each in all_task_runs(inner))


def _run(
    flow: "Flow[..., Any]", at: datetime, faults: Faults, database: Path, interrupted: bool
) -> _Executed:
    day = at.date() - timedelta(days=1)
    runs = []
    if interrupted:
        runs.append(_execute_and_cut(flow, at, faults, {"database": database}))
    with Shop(latency=0, faults=faults) as shop:
        parameters: dict[str, Any] = {"url": shop.url, "database": database}
        if interrupted:
            # Planned for a week later: if the flow overlooks `day`, it stores a day of another week.
            at, parameters["day"] = at + timedelta(weeks=1), day
        runs.append(_execute(flow, at, parameters))
        asked = Counter(request.path for request in shop.requests)
        paths = {name: f"orders/{name}" for name in SHOPS}
        plan = shop.plan
        answers = {name: plan.outcome(path, max(1, asked[path])) for name, path in paths.items()}
    return day, runs, answers


def _read(
    day: date, run_ids: Sequence[UUID], answers: Mapping[str, Outcome], rows: Sequence[Row]
) -> Morning:
    """Read a morning's record, after the week: the server records a little later."""
    runs = tuple(map(_recorded, run_ids))
    assert runs[0].planned is not None  # it was given when the run was made
    sent = {shop: len(_sent(shop, day, answer)) for shop, answer in answers.items()}
    good = {shop: len(good_orders(shop, day, answer)) for shop, answer in answers.items()}
    flawed = {shop: sent[shop] - good[shop] for shop in SHOPS}
    counts = Counter(row.get("shop") for row in rows if row.get("day") == day.isoformat())
    stored = {shop: counts[shop] for shop in SHOPS}
    planned = datetime.fromtimestamp(runs[0].planned.timestamp(), ZONE)
    return Morning(planned, day, runs, good, flawed, stored)


def _sent(shop: str, day: date, answer: Outcome) -> list[Row]:
    found: list[Row] = [dict(order) for order in orders(shop, day.isoformat())]
    if answer == "dirty":
        return spoiled("orders", found)
    return found if answer == 200 or isinstance(answer, Slow) else []


def _execute_and_cut(
    flow: "Flow[..., Any]", at: datetime, faults: Faults, parameters: Mapping[str, Any]
) -> UUID:
    with Shop(latency=0, faults={**faults, _HANGING: lasting(Slow(600))}) as shop:
        return _execute(flow, at, {**parameters, "url": shop.url}, cut=shop)


def _execute(
    flow: "Flow[..., Any]", at: datetime, parameters: Mapping[str, Any], cut: Shop | None = None
) -> UUID:
    """Do what a worker does with a planned run, in a thread of its own; return the run's id."""
    from prefect.flow_engine import run_flow
    from prefect.states import Scheduled

    with open_client() as client:
        planned = client.create_flow_run(
            flow, parameters=dict(parameters), state=Scheduled(scheduled_time=at)
        )

    def work() -> None:
        with suppress(BaseException):  # the record says it all
            state: Any = run_flow(flow, flow_run=planned, return_type="state")
            if flow.isasync:
                asyncio.run(state)

    thread = threading.Thread(target=work, daemon=True, name=f"rehearsal of {flow.name}")
    thread.start()
    end = time.monotonic() + _LIMIT
    if cut is not None:
        wait_until(
            lambda: not thread.is_alive() or any(each.path == _HANGING for each in cut.requests),
            _LIMIT,
            _POLL_SECONDS,
        )
        _interrupt(thread)
        cut.stop()  # whoever waits for its answer wakes up
    thread.join(max(0.0, end - time.monotonic()))
    if thread.is_alive():
        raise CourseError(f"The run of {flow.name!r} did not end within {_LIMIT:.0f} s.")
    return planned.id


def _recorded(run_id: UUID) -> FlowRun:
    # A flow that returns a state such as AwaitingRetry hasn't ended: it is left to a worker.
    run = read_run(run_id, wait=False)
    return read_run(run_id) if run.state.is_final else run


def _interrupt(thread: threading.Thread) -> None:
    """Raise KeyboardInterrupt in a thread as soon as it runs Python code again."""
    assert thread.ident is not None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident), ctypes.py_object(KeyboardInterrupt)
    )
