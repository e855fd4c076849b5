"""Checks of chapter 15: the learner's tests are run on right code, then on faulty code."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from importlib import import_module
from pathlib import Path

from course_lib import paths
from course_lib.chapters.ch15.cell_tests import Test, Verdict, Version, redefined, verdicts_of
from course_lib.chapters.ch15.faults import Fault, planted
from course_lib.exercises.checks import Check
from course_lib.exercises.engine import define
from course_lib.exercises.inner_function import inner_function
from course_lib.exercises.trials import try_call
from course_lib.front_matter import cell_source

Code = Callable[[Sequence[Test]], AbstractContextManager[object]]  # puts it in place for tests
Change = Sequence[str]  # a piece of the right code, and what stands there instead

_FAULTS: dict[str, dict[str, Change]] = tomllib.loads(
    Path(__file__).with_name("planted.toml").read_text(encoding="utf-8")
)
"""By exercise and by name: pieces of the right code, and what stands there instead."""
_SHELF_REWRITTEN = """
def to_reorder(stock):
    by_quantity = stock[::-1]
    by_quantity.sort(key=lambda item: item["quantity"])
    return [item["product"] for item in by_quantity if item["quantity"] < item["reorder_below"]]
"""
_COUNT_REWRITTEN: Change = (
    "states = {shop: pull_stock(shop, url, return_state=True) for shop in shops}",
    "futures = {shop: pull_stock.submit(shop, url) for shop in reversed(shops)}\n"
    "    for future in futures.values(): future.wait()\n"
    "    states = {shop: futures[shop].state for shop in shops}",
)


@define("15.1")
def tests_that_notice(check: Check, answer: object) -> None:
    """Five faults in a plain function."""
    source = cell_source(paths.SOLUTIONS, "15", "shelf-define")
    _judge_source(check, answer, source, _SHELF_REWRITTEN, _FAULTS["15.1"])


@define("15.2")
def a_flow_among_faults(check: Check, answer: object) -> None:
    """Six faults in a flow and its task."""
    source = cell_source(paths.SOLUTIONS, "15", "count-define")
    _judge_source(check, answer, source, _changed(source, _COUNT_REWRITTEN), _FAULTS["15.2"])


@define("15.3")
def what_holds_for_all_records(check: Check, answer: object) -> None:
    """Eleven faults in the project's own check, three of them for unusual records only."""
    code = import_module("shop_pipeline.records").check  # in the learner's project
    faults = {
        name: partial(planted, Fault(name, code, *change))
        for name, change in _FAULTS["15.3"].items()
    }
    _judge(check, answer, nullcontext, None, faults)


def _judge_source(
    check: Check, answer: object, source: str, rewritten: str, faults: Mapping[str, Change]
) -> None:
    broken = {name: _written(_changed(source, change)) for name, change in faults.items()}
    _judge(check, answer, _written(source), _written(rewritten), broken)


def _judge(
    check: Check,
    answer: object,
    right: Code,
    rewritten: Code | None,
    faults: Mapping[str, Code],
) -> None:
    """Green on right code, green on right code that is written otherwise, red on each fault."""
    tests = _require_tests(check, answer)
    codes = [right, *([rewritten] if rewritten else []), *faults.values()]
    versions: list[Version] = [partial(code, tests) for code in codes]
    with _hypothesis(search=False):
        trial = try_call(partial(verdicts_of, tests, versions, all_of_them=False))
    seen = "it does" if trial.error is None else str(trial.error)[:200]
    check.require_says("runs", seen, "it does")
    healthy, *others = trial.result
    if reds := {each.function for each in healthy if each.outcome == "failed"}:
        # Once more, now with a search: a small example says why, and a large one doesn't.
        again = [test for test in tests if test.__name__ in reds][:1]
        with _hypothesis(search=True):
            trial = try_call(partial(verdicts_of, again, [partial(right, tests)]))
        healthy = trial.result[0] if trial.result else healthy
    check.require_that("right", *_green(healthy))
    if rewritten:
        check.that("rewritten", *_green(others.pop(0)))
    for name, verdicts in zip(faults, others, strict=True):
        red = [each.test for each in verdicts if each.outcome == "failed"]
        seen = f"noticed by {red[0].partition('[')[0]}" if red else "all tests stayed green"
        check.that("fault", bool(red), seen, name=name)


def _green(verdicts: Sequence[Verdict]) -> tuple[bool, str]:
    """Return whether all tests passed, and what to say of that."""
    red = [each for each in verdicts if each.outcome != "passed"]
    seen = f"{red[0].test} {red[0].outcome}: {red[0].why}" if red else "all tests are green"
    return not red and bool(verdicts), seen[:300]


@contextmanager
def _hypothesis(*, search: bool) -> Iterator[None]:
    """Let Hypothesis stop at the first example that turns a test red, or search for a small one."""
    from hypothesis import Phase, settings

    before = settings.get_current_profile_name()
    phases = [Phase.explicit, Phase.generate, *([Phase.shrink] if search else [])]
    settings.register_profile("check", settings.get_profile("ci"), phases=phases)
    settings.load_profile("check")
    try:
        yield
    finally:
        settings.load_profile(before)


def _written(source: str) -> Code:
    return lambda tests: redefined(
        source, inner_function(tests[0]).__globals__, "<the code under test>"
    )


def _changed(source: str, change: Change) -> str:
    old, new = change
    assert old in source, old
    return source.replace(old, new)


def _require_tests(check: Check, answer: object) -> list[Test]:
    tests = list(answer) if isinstance(answer, list | tuple) else []
    good = bool(tests) and all(
        callable(test) and str(getattr(test, "__name__", "")).startswith("test") for test in tests
    )
    check.require_given(
        good,
        "a list of tests",
        repr(answer)[:80],
        "Put all of your test functions, whose names begin with test_, into the list, without "
        "parentheses behind them.",
    )
    return tests
