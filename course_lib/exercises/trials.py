"""Trials: a check runs the learner's code for real, with a practice shop where it needs one."""

import asyncio
import contextlib
import inspect
import io
import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from course_lib.exercises.checks import (
    AnyCode,
    AnyFlow,
    AnyTask,
    Check,
    Point,
    Stop,
    short_repr,
    short_text,
)
from course_lib.intervals import most_at_once
from course_lib.records.reading import read_run
from course_lib.records.runs import FlowRun, TaskRun
from course_lib.shop import Request, Shop, orders

SECONDS = 120.0
"""How long a learner's code may take in a check: far longer than a right answer needs."""

URL = object()
"""Stands for the shop's address among the arguments of `try_with` and `run_with`."""


@dataclass(frozen=True)
class Call:
    """What the learner's code returned, or raised."""

    result: Any
    error: BaseException | None


@dataclass(frozen=True)
class Trial(Call):
    """What happened when a check ran the learner's task or flow."""

    run: FlowRun
    """What the server recorded; of a task, the run of the check's flow that called it."""
    requests: tuple[Request, ...] = ()
    """What the shop was asked for, in order of arrival."""

    @property
    def failed(self) -> bool:
        """Whether the run ended badly, be it with an exception or with a state that it returned."""
        return self.error is not None or self.run.state.type != "COMPLETED"

    @property
    def paths(self) -> list[str]:
        """What the shop was asked for, such as ``orders/north``, sorted."""
        return sorted(request.path for request in self.requests)

    @property
    def statuses(self) -> list[int]:
        """The statuses that the shop answered with, in order."""
        return [request.status for request in self.requests]

    def requests_by_shop(self, report: str) -> dict[str, int]:
        """Return how often each shop was asked for a report; other requests keep their path."""
        return dict(Counter(path.removeprefix(f"{report}/") for path in self.paths))

    @property
    def pauses(self) -> list[float]:
        """The seconds between the end of each request and the start of the next."""
        return [later.started - earlier.ended for earlier, later in pairwise(self.requests)]

    @property
    def requests_at_once(self) -> int:
        """The greatest number of requests that the shop worked on at the same time."""
        return most_at_once((request.started, request.ended) for request in self.requests)

    @property
    def task_runs(self) -> tuple[TaskRun, ...]:
        """The recorded task runs, in order of their start."""
        return self.run.task_runs

    @property
    def ends(self) -> list[str]:
        """The names of the states in which the task runs ended."""
        return [run.state.name for run in self.task_runs]

    def task_runs_at(self, moment: datetime) -> int:
        """Return how many task runs were under way at a moment."""
        runs = [(run.start, run.end) for run in self.task_runs if run.start and run.end]
        return sum(start <= moment <= end for start, end in runs)

    @property
    def attempts(self) -> int:
        """The attempts of the task run that took most of them."""
        return max((run.run_count for run in self.task_runs), default=0)


def run_with(check: Check, shop: Shop, code: AnyCode, /, *args: Any, **kwargs: Any) -> Trial:
    """Run the learner's code as `try_with` does, and require that it runs to its end."""
    trial = try_with(shop, code, *args, **kwargs)
    require_end(check, trial)
    return trial


def try_with(shop: Shop, code: AnyCode, /, *args: Any, **kwargs: Any) -> Trial:
    """Run the learner's flow or task while the shop is open, and note what it was asked for.

    `URL` among the arguments stands for the shop's address.
    """
    from prefect import Task

    values = [shop.url if value is URL else value for value in args]
    named = {name: shop.url if value is URL else value for name, value in kwargs.items()}
    with shop:
        attempt: Callable[..., Trial] = try_task if isinstance(code, Task) else try_flow
        trial = attempt(code, *values, **named)
        return replace(trial, requests=shop.requests)


def url_of_nobody() -> str:
    """Return the address of a shop that can't be reached."""
    with Shop() as shop:
        return shop.url


def working_day(random: Random, shop: str, year: int = 2026) -> str:
    """Return some day of the year with orders: not as many as on the day that shops report on."""
    while True:
        day = (date(year, 1, 1) + timedelta(random.randrange(365))).isoformat()
        if len(orders(shop, day)) not in (0, len(orders(shop))):
            return day


def try_flow(flow: AnyFlow, /, *args: Any, **kwargs: Any) -> Trial:
    """Run the learner's flow, quietly and with a time limit, and read what was recorded.

    The check ends if there is no run, as with wrong arguments.
    """
    from prefect.exceptions import MissingResult

    call = try_call(lambda: flow(*args, **kwargs, return_state=True))
    state = call.result
    if state is None:  # Prefect raised before there was a run
        what = f"{flow.name} can be called as the exercise says"
        expected = f"a call with {_arguments(args, kwargs)} starts a flow run"
        cause = "Its parameters are not named or ordered as the exercise asks."
        raise Stop(Point(what, False, expected, error_text(call.error), cause))
    try:
        value = state.result(raise_on_failure=False, _sync=True)
    except MissingResult as error:  # a server that was busy gave the state back without its data
        value = error
    failed = isinstance(value, BaseException)
    return Trial(
        result=None if failed else value,
        error=value if failed else None,
        run=read_run(state.state_details.flow_run_id),
    )


def try_task(task: AnyTask, /, *args: Any, **kwargs: Any) -> Trial:
    """Run the learner's task in a flow of the check's own; otherwise like `try_flow`."""

    async def call_async() -> Any:
        return await task(*args, **kwargs)

    def call() -> Any:
        return task(*args, **kwargs)

    chosen: Any = call_async if task.isasync else call
    return try_flow(_check_of(task, chosen))


def try_calls(task: AnyTask, /, *calls: tuple[Any, ...]) -> Trial:
    """Run the learner's task for each tuple of arguments, in one flow and whatever becomes of it.

    The trial's result is the list of what the calls returned, or raised.
    """

    async def call_async() -> Any:
        states = [await task(*args, return_state=True) for args in calls]
        return [await state.aresult(raise_on_failure=False) for state in states]

    def call() -> Any:
        states: list[Any] = [task(*args, return_state=True) for args in calls]
        return [state.result(raise_on_failure=False) for state in states]

    chosen: Any = call_async if task.isasync else call
    return try_flow(_check_of(task, chosen))


def try_call(call: Callable[[], Any], seconds: float | None = None) -> Call:
    """Run anything of the learner's, quietly; the check ends if that takes too long."""
    limit = SECONDS if seconds is None else seconds
    outcome = call_within(limit, call)
    if outcome is None:
        expected = f"an end within {limit:.0f} s"
        cause = "It waits for something that never comes, or a request has no timeout."
        raise Stop(Point("it comes to an end", False, expected, "still running", cause))
    return outcome


def call_within(seconds: float, function: Callable[..., Any], *args: Any) -> Call | None:
    """Call a function, async or not, quietly; return None if it's still running after that time."""
    outcome: list[Call] = []

    def work() -> None:
        try:
            value = function(*args)
            outcome.append(Call(asyncio.run(value) if inspect.iscoroutine(value) else value, None))
        except Exception as error:
            outcome.append(Call(None, error))

    # A daemon thread: code that never ends must not keep the kernel from ending.
    worker = threading.Thread(target=work, daemon=True, name="exercise check")
    with contextlib.redirect_stdout(io.StringIO()):  # the learner's prints would bury the points
        worker.start()
        worker.join(seconds)
    return outcome[0] if outcome else None


def aside(call: Callable[[], Any]) -> Any:
    """Call in a thread without an event loop: there Prefect gives values, not coroutines."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


def planned_waits(task: AnyTask, number: int) -> list[tuple[float, float]]:
    """Return the first waits that the task plans, the shortest and the longest of each."""
    from prefect.utilities.math import lower_clamp_multiple

    given = task.retry_delay_seconds or 0
    delays = list(given) if isinstance(given, Sequence) else [given]
    delays += delays[-1:] * number  # the last one counts for all that follow
    jitter = task.retry_jitter_factor or 0
    least = lower_clamp_multiple(1 + jitter) if jitter else 1
    return [(delay * least, delay * (1 + jitter)) for delay in delays[:number]]


def require_end(check: Check, *calls: Call) -> None:
    """Require that the code ran to its end, each time."""
    seen = next((error_text(call.error) for call in calls if call.error), "no error")
    cause = "Call it yourself in a cell of its own: the error's last line says what went wrong."
    check.require(Point("it runs to its end", seen == "no error", "no error", seen, cause))


def _check_of(task: AnyTask, calls: Callable[[], Any]) -> AnyFlow:
    from prefect import flow

    name = re.sub("[/%&<>]", "", task.name)  # such as <lambda>: a flow's may not contain these
    return flow(name=f"check of {name}")(calls)


def _arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    parts = [short_repr(arg) for arg in args]
    parts += [f"{name}={short_repr(value)}" for name, value in kwargs.items()]
    return f"({', '.join(parts)})"


def error_text(error: BaseException | None) -> str:
    """Return an error's name and message on one line, or else ``no error``."""
    return f"{type(error).__name__}: {short_text(str(error))}" if error else "no error"
