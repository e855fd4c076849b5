"""What the checks of exercises are made of: run a learner's code for real, then judge the run."""

import asyncio
import contextlib
import io
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course_lib.records.reading import read_run
from course_lib.records.runs import FlowRun

if TYPE_CHECKING:
    from prefect import Flow, Task

SECONDS = 120.0
"""How long a learner's code may take in a check: far longer than a right answer needs."""


@dataclass(frozen=True)
class Point:
    """One thing that an exercise asks for, and what the run showed about it."""

    what: str
    ok: bool
    expected: str
    seen: str
    cause: str
    """What usually explains it when it isn't so."""


@dataclass(frozen=True)
class Exhibit:
    """Something to look at that a check shows below its points: a table, or a picture."""

    shown: object


Points = Generator[Point | Exhibit, None, None]


@dataclass(frozen=True)
class Trial:
    """What happened when a check ran the learner's code.

    `run` is what the server recorded, or None where the code never got as far as a flow run.
    """

    result: Any
    error: BaseException | None
    run: FlowRun | None


class Stop(Exception):  # noqa: N818 - no error: the points so far have said it all
    """Ends a check early, because the points that would follow make no sense."""


def require(point: Point) -> Iterator[Point]:
    """Give the point; where it fails, the check ends with it."""
    yield point
    if not point.ok:
        raise Stop


def require_task(answer: object) -> Generator[Point, None, "Task[Any, Any]"]:
    """Give the answer as a task, or end the check with the point that says what it is instead."""
    from prefect import Task

    yield from require(_is_a(Task, answer, "a task", "@task"))
    assert isinstance(answer, Task)
    return answer


def require_flow(answer: object) -> Generator[Point, None, "Flow[Any, Any]"]:
    """Give the answer as a flow, or end the check with the point that says what it is instead."""
    from prefect import Flow

    yield from require(_is_a(Flow, answer, "a flow", "@flow"))
    assert isinstance(answer, Flow)
    return answer


def try_flow(flow: "Flow[Any, Any]", /, *args: Any, **kwargs: Any) -> Generator[Point, None, Trial]:
    """Run the learner's flow, quietly and with a time limit, and read what was recorded.

    It gives a point only if the flow could not run at all; then the check ends.
    """
    from prefect.exceptions import MissingResult

    trial = yield from try_call(lambda: _state_of(flow, args, kwargs))
    state = trial.result
    if state is None:  # wrong arguments and the like: Prefect raised before there was a run
        yield from require(
            Point(
                what=f"{flow.name} can be called as the exercise says",
                ok=False,
                expected=f"a call with {_call(args, kwargs)} starts a flow run",
                seen=_words(trial.error),
                cause="Its parameters are not named or ordered as the exercise asks.",
            )
        )
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


def try_task(task: "Task[Any, Any]", /, *args: Any, **kwargs: Any) -> Generator[Point, None, Trial]:
    """Run the learner's task in a flow of the check's own; otherwise like `try_flow`."""
    from prefect import flow

    async def call_async() -> Any:
        return await task(*args, **kwargs)

    def call() -> Any:
        return task(*args, **kwargs)

    chosen: Any = call_async if task.isasync else call
    return (yield from try_flow(flow(name=f"check of {task.name}")(chosen)))


def aside(call: Callable[[], Any]) -> Any:
    """Call in a thread without an event loop: there Prefect gives values, not coroutines."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


def raises_nothing(trial: Trial) -> Point:
    """Judge whether the code ran to its end."""
    return Point(
        what="it runs to its end",
        ok=trial.error is None,
        expected="no error",
        seen="no error" if trial.error is None else _words(trial.error),
        cause="Call it yourself in a cell of its own: the error's last line says what went wrong.",
    )


def equals(what: str, seen: object, expected: object, cause: str) -> Point:
    """Judge whether what was seen is exactly what the exercise asks for."""
    return Point(what, seen == expected, _short(expected), _short(seen), cause)


def _is_a(kind: type, answer: object, noun: str, decorator: str) -> Point:
    if isinstance(answer, kind):
        seen = noun
    elif callable(answer) and not isinstance(answer, type):
        name = type(answer).__name__
        seen = f"a plain {name}" if name == "function" else f"a {name.lower()}"
    else:
        seen = _short(answer)
    return Point(
        what="what was given to check()",
        ok=isinstance(answer, kind),
        expected=noun,
        seen=seen,
        cause=f"The {decorator} line is missing, or check() was given the result of a call: "
        "pass the name alone, without parentheses behind it.",
    )


def try_call(
    call: Callable[[], Any], seconds: float | None = None
) -> Generator[Point, None, Trial]:
    """Run anything of the learner's, quietly and with a time limit; it has no flow run to read."""
    limit = SECONDS if seconds is None else seconds
    outcome: list[Trial] = []

    def work() -> None:
        try:
            outcome.append(Trial(call(), None, None))
        except Exception as error:
            outcome.append(Trial(None, error, None))

    # A daemon thread: code that never ends must not keep the kernel from ending.
    worker = threading.Thread(target=work, daemon=True, name="exercise check")
    with contextlib.redirect_stdout(io.StringIO()):  # the learner's prints would bury the points
        worker.start()
        worker.join(limit)
    if not outcome:
        yield from require(
            Point(
                what="it comes to an end",
                ok=False,
                expected=f"an end within {limit:.0f} s",
                seen="still running",
                cause="It waits for something that never comes, or a request has no timeout.",
            )
        )
    return outcome[0]


def _state_of(flow: "Flow[Any, Any]", args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    state: Any = flow(*args, **kwargs, return_state=True)
    return asyncio.run(state) if flow.isasync else state


def _call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    parts = [_short(arg) for arg in args] + [f"{key}={_short(kwargs[key])}" for key in kwargs]
    return f"({', '.join(parts)})"


def _words(error: BaseException | None) -> str:
    return f"{type(error).__name__}: {_short_text(str(error))}"


def _short(value: object) -> str:
    return _short_text(repr(value))


def _short_text(text: str, most: int = 120) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
