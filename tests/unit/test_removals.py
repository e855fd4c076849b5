"""Each row of the table of removals is true of today's Prefect, and all that it looks for."""

import importlib
import inspect
import json
import re
from collections.abc import Callable
from typing import Any

import prefect.context
import pydantic
import pytest
from prefect import Flow, State, Task, flow, pause_flow_run, task
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.futures import PrefectConcurrentFuture
from prefect.schedules import Schedule

import course_lib as course
from course_lib.chapters.ch17.removals import (
    REMOVALS,
    Removal,
    entries,
)
from course_lib.chapters.ch17.tryout import try_code, try_commands

IN_PYTHON = [removal for removal in REMOVALS if not removal.commands]
# What the scan looks for as words in a row may have an option between them.
AS_WRITTEN = {"work-pool create prefect-agent": "work-pool create old --type prefect-agent"}
COMMANDS = [command for removal in REMOVALS for command in removal.commands]


@pytest.fixture(scope="module", autouse=True)
def _connected() -> None:
    course.start()


def each(kind: str) -> Any:
    """Return every entry of one field of the table as a test of its own."""
    return [
        pytest.param(removal, entry, id=str(entry))
        for removal in REMOVALS
        for entry in getattr(removal, kind)
    ]


def without_version(text: str) -> str:
    return re.sub(r"/\d+\.\d+/", "/N/", text)


# --- the examples ---------------------------------------------------------------------------


@pytest.mark.parametrize("removal", IN_PYTHON, ids=lambda removal: removal.id)
def test_the_old_example_is_answered_as_the_table_says(removal: Removal) -> None:
    answer = try_code(removal.old)
    assert without_version(answer.text) == without_version(removal.answer)
    assert answer.refused == (removal.effect == "refuses")
    assert ("Warning" in removal.answer or "Deprecated" in removal.answer) == (
        removal.effect == "warns"
    )


@pytest.mark.parametrize("removal", IN_PYTHON, ids=lambda removal: removal.id)
def test_todays_example_works(removal: Removal) -> None:
    answer = try_code(removal.today)
    assert not answer.refused, answer
    assert answer.text, "it prints what came of it"
    assert "Warning" not in answer.text


def test_the_commands() -> None:
    rows = [removal for removal in REMOVALS if removal.commands]
    lines = [AS_WRITTEN.get(command, command).split() for command in COMMANDS]
    lines += [row.old.split()[1:] for row in rows]
    lines += [[*row.today.split()[1:], "--help"] for row in rows]
    answers = try_commands(lines)
    for command, answer in zip(COMMANDS, answers, strict=False):
        assert answer.refused, command
        unknown = [f'Unknown command "{word}".' for word in command.split()]
        assert answer.text.startswith((*unknown, "Unknown work pool type")), answer.text
    for row, answer in zip(rows, answers[len(COMMANDS) :], strict=False):
        assert answer.refused
        assert answer.text.startswith(row.answer)
    for row, answer in zip(rows, answers[-len(rows) :], strict=True):
        assert not answer.refused, row.today
        assert answer.text.startswith("Usage: prefect")


def test_the_rows_tell_themselves_apart() -> None:
    assert len({removal.id for removal in REMOVALS}) == len(REMOVALS)
    assert len({removal.what for removal in REMOVALS}) == len(REMOVALS)
    looked_for = [entry for removal in REMOVALS for entry in entries(removal)]
    assert len(set(looked_for)) == len(looked_for)


@pytest.mark.parametrize("removal", REMOVALS, ids=lambda removal: removal.id)
def test_a_row_has_the_types_of_its_fields(removal: Removal) -> None:
    row = json.dumps(vars(removal))
    pydantic.TypeAdapter(Removal).validate_json(row, strict=True)


# --- all that a scan looks for --------------------------------------------------------------


@flow
def a_flow(shop: str = "north") -> None: ...


@task
def a_task(shop: str = "north") -> None: ...


THINGS: dict[str, Any] = {
    "prefect.Flow()": a_flow,
    "prefect.Task()": a_task,
    "prefect.Task()()": "what a task returned",
    "prefect.Task().submit()": PrefectConcurrentFuture,
    "prefect.context()": prefect.context,
}


@pytest.mark.parametrize(("removal", "name"), each("names"))
def test_a_name_is_gone(removal: Removal, name: str) -> None:
    owner, _, attribute = name.rpartition(".")
    if owner in THINGS:
        assert not hasattr(THINGS[owner], attribute)
        return
    answer = try_code(f"from {owner} import {attribute}")
    if removal.effect == "warns":
        assert answer.text.startswith("DeprecationWarning:")
    else:
        assert answer.refused
        assert re.match(r"\w*(Import|ModuleNotFound)Error: ", answer.text)


@pytest.mark.parametrize(("removal", "module"), each("modules"))
def test_a_module_is_gone(removal: Removal, module: str) -> None:
    if module.endswith("."):
        assert not hasattr(importlib.import_module(module[:-1]), "__path__")
    else:
        assert re.match(r"(ModuleNotFound|Import)Error: ", try_code(f"import {module}").text)


@pytest.mark.parametrize(
    ("function", "keyword"),
    [
        pytest.param(function, keyword, id=f"{function} {keyword}")
        for removal in REMOVALS
        for function, keywords in removal.keywords.items()
        for keyword in keywords
    ],
)
def test_an_argument_is_refused(function: str, keyword: str) -> None:
    owner, _, method = function.rpartition(".")
    calls: dict[str, Callable[..., Any]] = {
        "prefect.flow": lambda **given: flow(**given)(print),
        "prefect.task": lambda **given: task(**given)(print),
        "prefect.Flow": lambda **given: Flow(print, **given),
        ".result": lambda **given: State(type="COMPLETED").result(**given),
        "prefect.Task()": a_task,
        "prefect.Task": lambda **given: Task(print, **given),
        "prefect.schedules.Schedule": Schedule,
        "prefect.pause_flow_run": inspect.signature(pause_flow_run).bind_partial,
        "prefect.flow_runs.pause_flow_run": inspect.signature(pause_flow_run).bind_partial,
    }
    if function == ".register":  # whatever it is given
        assert not hasattr(a_flow, "register")
        return
    call = calls.get(function)
    if call is None:
        kind = {"prefect.Flow()": Flow, "prefect.Task()": Task}[owner]
        signature = inspect.signature(getattr(kind, method))
        if method == "map":  # it takes any, for the function
            signature = inspect.signature(a_task.fn)
        with pytest.raises(TypeError, match=f"unexpected keyword argument '{keyword}'"):
            signature.bind_partial(**{keyword: None})
        return
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{keyword}'"):
        call(**{keyword: None})


@pytest.mark.parametrize("name", ["CronSchedule", "IntervalSchedule", "RRuleSchedule"])
def test_a_schedule_of_the_servers_is_refused(name: str) -> None:
    from prefect.server.schemas import schedules

    given: dict[str, dict[str, Any]] = {
        "CronSchedule": {"cron": "0 8 * * *"},
        "IntervalSchedule": {"interval": 60},
        "RRuleSchedule": {"rrule": "FREQ=DAILY"},
    }
    schedule = getattr(schedules, name)(**given[name])
    with pytest.raises(pydantic.ValidationError):
        DeploymentScheduleCreate(schedule=schedule)


@pytest.mark.parametrize(("removal", "name"), each("stores"))
def test_an_attribute_is_not_prefects(removal: Removal, name: str) -> None:
    assert not hasattr(a_flow, name.rpartition(".")[2])


@pytest.mark.parametrize(("removal", "name"), each("contexts"))
def test_it_is_no_context(removal: Removal, name: str) -> None:
    assert not hasattr(THINGS[name], "__enter__")


@pytest.mark.parametrize(("removal", "name"), each("awaited"))
def test_it_can_not_be_awaited(removal: Removal, name: str) -> None:
    owner, _, method = name.removesuffix("[]").removesuffix("()").rpartition(".")
    assert not inspect.iscoroutinefunction(getattr(THINGS[owner], method))
    assert not hasattr(PrefectConcurrentFuture, "__await__")


@pytest.mark.parametrize(("removal", "base"), each("inner"))
def test_a_class_config_is_answered_with_a_warning(removal: Removal, base: str) -> None:
    module, _, name = base.rpartition(".")
    if base == "pydantic.BaseSettings":
        module = "pydantic_settings"  # where it is now
    source = f"from {module} import {name}\n\n\nclass Row({name}):\n    class Config: ..."
    assert try_code(source).text.startswith("PydanticDeprecatedSince20: ")
