"""Checks of chapter 17: reading old tutorials."""

from collections.abc import Sequence
from random import Random

from course_lib.exercises.checks import AnyFlow, Check
from course_lib.exercises.engine import define
from course_lib.exercises.trials import URL, Trial, require_end, try_with
from course_lib.records.runs import TaskRun
from course_lib.shop import DAY, SHOPS, Outcome, Shop, orders

_OF_THE_CLIENT, _OF_THE_SHOP = (400, 403, 409, 429), (500, 502, 503, 504)
_MISSPELT = ("nord", "wets", "sout", "eats")
_MANY = 9  # more than anybody asks
_THURSDAY = "2026-03-05"


@define("17.1", "a flow")
def takings(check: Check, flow: AnyFlow) -> None:
    """Parameters, retries, the branch and the value, with faults and closed shops drawn by lot."""
    random = Random()
    weak, open_one = random.choice(SHOPS), random.choice(SHOPS)
    faults: list[Outcome] = [random.choice((404, 500, 503)), "broken"]
    random.shuffle(faults)
    trial = try_with(Shop(latency=0, faults={f"orders/{weak}": faults}), flow, url=URL)
    check.equals("parameters", sorted({*trial.run.parameters} & {"day", "url"}), ["day", "url"])
    counts = [trial.paths.count(f"orders/{name}") for name in (weak, *_but(weak))]
    _require_so(check, "requests", counts, [3, 1, 1, 1], f"{weak} answered {faults}")
    require_end(check, trial)
    check.equals("attempts", sorted(run.run_count for run in _of(trial, "pull")), [1, 1, 1, 3])
    check.equals("total_runs", len(_of(trial, "total")), 1)
    check.require_equal("returned", trial.result, _total(*SHOPS), day=DAY)
    trial = try_with(_closed(*_but(open_one)), flow, url=URL, day=_THURSDAY)
    right = trial.result == _total(open_one, day=_THURSDAY)
    told = "its total" if right else f"{trial.result!r}, of {open_one} alone"
    check.require_that("some", right, told, shop=open_one, wanted=_total(open_one, day=_THURSDAY))
    trial = try_with(_closed(*SHOPS), flow, url=URL, day=_THURSDAY)
    check.equals("none_runs", len(_of(trial, "total")), 0)
    check.equals("none_result", trial.result, 0.0)
    hopeless = {f"orders/{random.choice(SHOPS)}": [503] * _MANY}
    trial = try_with(Shop(latency=0, faults=hopeless), flow, url=URL)
    seen = f"{max(map(trial.paths.count, trial.paths), default=0)}"
    seen += "" if trial.failed else f", and a run that returned {trial.result!r}"
    check.says("most_attempts", seen, "3")


@define("17.2", "a flow")
def skip_and_fail(check: Check, flow: AnyFlow) -> None:
    """A closed shop, a missing one, one that recovers from any two faults, one that doesn't."""
    random = Random()
    well, shaky, hopeless, shut = random.sample(SHOPS, 4)
    names = [missing := random.choice(_MISSPELT), well, shaky, hopeless, shut]
    few = [random.choice(_OF_THE_CLIENT), random.choice(_OF_THE_SHOP)]
    random.shuffle(few)
    faults: dict[str, Sequence[Outcome]] = {
        f"orders/{shut}": ["empty"] * _MANY,
        f"orders/{shaky}": few,
        f"orders/{hopeless}": ["cut", "broken", *few, 500],
    }
    shop = Shop(latency=0, faults=faults)
    trial = try_with(shop, flow, names, URL, _THURSDAY)
    requests = [trial.paths.count(f"orders/{name}") for name in names]
    where = f"of {names}; {shaky} answered {few}, and {hopeless} cut the line, then sent half a JSON text"
    _require_so(check, "requests", requests, [1, 1, 3, 3, 1], where)
    require_end(check, trial)
    ends = sorted(f"{run.state.name} ({run.state.type})" for run in _of(trial, "pull"))
    kinds = [*["Completed (COMPLETED)"] * 2, *["Failed (FAILED)"] * 2, "Skipped (COMPLETED)"]
    check.equals("ends", ends, kinds)
    wanted = ["Failed", "Completed", "Completed", "Failed", "Skipped"]
    check.equals("returned", _listed(trial.result), wanted)
    untagged = sum("daily" not in run.tags for run in trial.task_runs)
    check.equals("untagged", untagged, 0)
    trial = try_with(_closed(shut), flow, shops=[shut, missing, well], url=URL, day=_THURSDAY)
    check.equals("again", _listed(trial.result), ["Skipped", "Failed", "Completed"])


@define("17.3", "a flow")
def as_loud_as_before(check: Check, flow: AnyFlow) -> None:
    """All shops asked, and the flow's end tells whether one of them failed, whichever it was."""
    middle = Random().choice(SHOPS[1:-1])
    for who, weak in ((SHOPS[0], SHOPS[0]), ("another", middle), (SHOPS[-1], SHOPS[-1])):
        trial = try_with(Shop(faults={f"stock/{weak}": [404] * _MANY}, latency=0.1), flow, URL)
        check.require_equal(
            "asked", trial.paths, [f"stock/{name}" for name in sorted(SHOPS)], who=who
        )
        state = trial.run.state
        told = "Failed" if state.type == "FAILED" else f"{state.name}, while {weak} answered 404"
        check.require_says("state", told, "Failed", who=who)
        runs = [run for run in trial.task_runs if run.name.startswith("stock of ")]
        if who == SHOPS[0]:
            ends = sorted(run.state.name for run in runs)
            check.equals("ends", ends, ["Completed", "Completed", "Completed", "Failed"])
    trial = try_with(Shop(), flow, URL)
    state = trial.run.state
    name = "Completed" if state.type == "COMPLETED" else f"{state.name}: {state.message}"[:120]
    check.says("well", f"{name}, {len(trial.requests)} requests", "Completed, 4 requests")


def _require_so(check: Check, key: str, seen: list[int], wanted: list[int], where: str) -> None:
    """Require these numbers; where they are others, say what was asked for."""
    told = f"{seen}" if seen == wanted else f"{seen} ({where})"
    check.require_says(key, told, f"{wanted}")


def _closed(*names: str) -> Shop:
    """Return a shop some of whose shops are closed, whatever the day."""
    return Shop(latency=0, faults={f"orders/{name}": ["empty"] * _MANY for name in names})


def _but(shop: str) -> list[str]:
    return [name for name in SHOPS if name != shop]


def _total(*shops: str, day: str = DAY) -> float:
    return sum(
        each["quantity"] * each["unit_price"] for name in shops for each in orders(name, day)
    )


def _of(trial: Trial, task: str) -> list[TaskRun]:
    """Return the runs of a task, whatever the author has them named."""
    return [run for run in trial.task_runs if task in (run.task, run.task_key.rpartition("-")[0])]


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
