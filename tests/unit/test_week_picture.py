"""The picture of a week: what each cell is called, and a text that says the same."""

from datetime import date, datetime
from uuid import UUID, uuid4

import pytest

from course_lib.chapters.ch18.rehearsal import ZONE, Morning, Week
from course_lib.chapters.ch18.week_picture import Cell, cell, week_picture, week_table
from course_lib.records.runs import FlowRun, State, TaskRun
from course_lib.shop import SHOPS

AT = datetime(2026, 3, 3, 8, tzinfo=ZONE)
DAY = date(2026, 3, 2)


def state(name: str) -> State:
    types = {"Failed": "FAILED", "Crashed": "CRASHED"}
    return State(types.get(name, "COMPLETED"), name, AT)


def task_run(shop: str, name: str, attempts: int = 1) -> TaskRun:
    return TaskRun(
        id=uuid4(),
        name=f"pull {shop}",
        task=f"pull {shop}",
        task_key="pull",
        state=state(name),
        run_count=attempts,
        start=AT,
        end=AT,
        tags=frozenset(),
        upstream=frozenset[UUID](),
        states=(),
    )


def flow_run(name: str, *task_runs: TaskRun, inner: tuple[FlowRun, ...] = ()) -> FlowRun:
    return FlowRun(
        id=uuid4(),
        name="a run",
        flow="daily-orders",
        state=state(name),
        run_count=1,
        start=AT,
        end=AT,
        parameters={},
        tags=frozenset(),
        task_runs=task_runs,
        subflows=inner,
        states=(),
        planned=AT,
    )


def morning(
    *runs: FlowRun, stored: int = 0, good: int = 0, flawed: int = 0, shop: str = "north"
) -> Morning:
    nothing = dict.fromkeys(SHOPS, 0)
    return Morning(
        AT,
        DAY,
        runs,
        nothing | {shop: good},
        nothing | {shop: flawed},
        nothing | {shop: stored},
    )


@pytest.mark.parametrize(
    ("name", "attempts", "stored", "good", "kind"),
    [
        ("Completed", 1, 40, 40, "stored"),
        ("Completed", 3, 40, 40, "retried"),
        ("Skipped", 1, 0, 0, "skipped"),
        ("Failed", 1, 0, 40, "failed"),
        ("Failed", 4, 0, 0, "failed"),
        ("Crashed", 1, 0, 40, "failed"),
        ("Completed", 1, 0, 40, "nothing"),
        ("Completed", 1, 0, 0, "nothing"),
        ("Completed", 1, 80, 40, "wrong"),
    ],
)
def test_a_cell_is_judged_by_task_runs_and_rows(
    name: str, attempts: int, stored: int, good: int, kind: str
) -> None:
    found = morning(
        flow_run("Completed", task_run("north", name, attempts)), stored=stored, good=good
    )
    assert cell(found, "north") == Cell(kind, stored, good, attempts)


def test_the_last_run_of_a_morning_counts_and_the_flows_that_it_called() -> None:
    cut = flow_run("Crashed", task_run("north", "Crashed"))
    again = flow_run("Completed", inner=(flow_run("Completed", task_run("north", "Completed", 2)),))
    found = morning(cut, again, stored=40, good=40)
    assert cell(found, "north").kind == "retried"
    assert (
        "Tuesday, the run ended Crashed, then Completed: north 40 attempt 2"
        in week_picture(Week((found,), (), ())).alt
    )


def test_a_shop_without_a_task_run_of_its_own() -> None:
    assert cell(morning(flow_run("Completed")), "west") == Cell("nothing", 0, 0, 0)


def test_the_table_tells_a_line_for_each_morning() -> None:
    retried = morning(
        flow_run("Completed", task_run("north", "Completed", 2)), stored=2, good=2, flawed=1
    )
    rows = tuple(
        {"day": "2026-03-02", "shop": "north", "quantity": 2, "unit_price": 12.5} for _ in "ab"
    )
    table = week_table(Week((retried,), rows, ()))
    assert table.rows == (
        (
            "Tue 3 March, 08:00",
            "Mon 2 March",
            "Completed",
            "2",
            "50.00",
            "north at attempt 2; east, south, west nothing stored; north without 1 flawed",
        ),
    )


def test_table_and_picture_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_LANGUAGE", "zh")
    runs = flow_run("Crashed"), flow_run("Completed", task_run("north", "Completed", 2))
    week = Week((morning(*runs, stored=2, good=2, flawed=1),), (), ())
    table = week_table(week)
    assert table.caption == "门店的一周，按上海时间"
    assert table.headings == ("计划时间", "订单日期", "流程运行", "已存下", "欧元", "备注")
    assert table.rows[0][:3] == (
        "星期二 3 月 3 日，08:00",
        "星期一 3 月 2 日",
        "Crashed, Completed",
    )
    assert table.rows[0][-1] == (
        "north 在第 2 次尝试时存下；east, south, west 没有存下；north 略过 1 条有缺陷的记录"
    )
    told = "星期二，运行结果 Crashed，然后 Completed：north 存下 2 条，第 2 次尝试；east 没有存下"
    assert told in week_picture(week).alt


def test_remarks_on_all_shops_and_on_wrong_numbers() -> None:
    closed = morning(flow_run("Skipped", *(task_run(shop, "Skipped") for shop in SHOPS)))
    doubled = morning(flow_run("Completed", task_run("north", "Completed")), stored=80, good=40)
    first, second = week_table(Week((closed, doubled), (), ())).rows
    assert first[-1] == "all skipped"
    assert second[-1].startswith("north 80 instead of 40")


def test_a_week_without_any_morning_can_be_drawn() -> None:
    assert week_picture(Week((), (), ())).png.startswith(b"\x89PNG")
