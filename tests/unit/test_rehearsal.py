"""Rehearsals: runs as planned, interruptions, and what is read from database and record."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from prefect import flow, runtime, task
from prefect.schedules import Cron, Interval

import course_lib as course
from course_lib.chapters.ch18.rehearsal import (
    ZONE,
    Pipeline,
    good_orders,
    lasting,
    read_rows,
    rehearse_week,
    run_interrupted,
    run_planned,
)
from course_lib.shop import SHOPS, Slow, orders

MONDAY = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 8, tzinfo=ZONE)


@pytest.fixture(scope="module", autouse=True)
def _connected() -> None:
    course.start()


@task(task_run_name="pull {shop}")
def pull(shop: str, day: date, url: str) -> list[dict[str, str]]:
    response = httpx.get(f"{url}/orders/{shop}", params={"day": day.isoformat()}, timeout=5)
    found: list[dict[str, str]] = response.raise_for_status().json()
    return found


@flow
def two_shops(url: str, database: Path, day: date | None = None) -> None:
    planned = runtime.flow_run.scheduled_start_time
    day = day or planned.astimezone(ZONE).date() - timedelta(days=1)
    for shop in ("north", "south"):
        rows = [(each["order_id"], each["shop"], each["day"]) for each in pull(shop, day, url)]
        with closing(sqlite3.connect(database)) as db, db:
            db.execute("CREATE TABLE IF NOT EXISTS orders (order_id PRIMARY KEY, shop, day)")
            db.executemany("REPLACE INTO orders VALUES (?, ?, ?)", rows)


def test_a_planned_run_knows_for_when_it_was_planned() -> None:
    seen = []

    @flow
    def which(day: date) -> None:
        seen.append((runtime.flow_run.scheduled_start_time, day))

    run = run_planned(which, AT, day=MONDAY)
    assert (run.state.name, run.planned) == ("Completed", AT)
    assert seen == [(AT, MONDAY)]


def test_a_planned_run_of_asyncio_and_one_that_fails() -> None:
    @flow
    async def fails() -> None:
        raise ValueError("on purpose")

    assert run_planned(fails, AT).state.name == "Failed"


def test_a_failed_state_that_is_returned_counts_for_retries() -> None:
    from prefect.states import Failed

    @flow(retries=1)
    def comes_back() -> object:
        return Failed(message="west is missing")

    run = run_planned(comes_back, AT)
    assert (run.state.name, run.run_count) == ("Failed", 2)


def test_a_run_that_is_left_to_a_worker_is_read_as_it_is() -> None:
    from prefect.states import AwaitingRetry

    @flow
    def comes_back() -> object:
        return AwaitingRetry()

    assert run_planned(comes_back, AT).state.name == "AwaitingRetry"


def test_an_interrupted_run_crashes_in_the_middle(tmp_path: Path) -> None:
    database = tmp_path / "shop.db"
    run = run_interrupted(two_shops, day=MONDAY, database=database)
    assert run.state.type == "CRASHED"
    assert [(each.name, each.state.name) for each in run.task_runs] == [
        ("pull north", "Completed"),
        ("pull south", "Crashed"),
    ]
    assert {row["shop"] for row in read_rows(database, "orders")} == {"north"}


def test_a_run_that_asks_south_for_nothing_is_not_interrupted(tmp_path: Path) -> None:
    @flow
    def quiet(url: str) -> str:
        return url

    assert run_interrupted(quiet).state.name == "Completed"


def test_a_week_is_read_from_record_and_database() -> None:
    schedule = Cron("0 8 * * 2-4", timezone="Asia/Shanghai")
    faults = {"Wednesday": {"orders/south": lasting(404)}}
    week = rehearse_week(Pipeline(two_shops, schedule), MONDAY, faults, interrupted="Thursday")
    tuesday, wednesday, thursday = week.mornings
    assert [each.weekday for each in week.mornings] == ["Tuesday", "Wednesday", "Thursday"]
    assert (tuesday.planned, tuesday.day) == (AT + timedelta(days=1), MONDAY)
    assert [run.state.name for run in wednesday.runs] == ["Failed"]
    assert [run.state.name for run in thursday.runs] == ["Crashed", "Completed"]
    assert tuesday.stored == {
        shop: len(orders(shop, "2026-03-02")) if shop in ("north", "south") else 0 for shop in SHOPS
    }
    assert (wednesday.good["south"], wednesday.stored["south"]) == (0, 0)
    assert thursday.stored["south"] == thursday.good["south"] > 0
    assert len(week.orders) == sum(sum(each.stored.values()) for each in week.mornings)
    assert week.totals == ()


def test_a_schedule_that_never_rests_is_refused() -> None:
    often = Pipeline(two_shops, Interval(timedelta(hours=1)))
    with pytest.raises(course.CourseError, match="fires 168 times a week"):
        rehearse_week(often, MONDAY)


def test_good_orders_are_those_of_the_answer_without_the_flawed() -> None:
    every = orders("north", "2026-03-02")
    assert good_orders("north", MONDAY) == every
    assert good_orders("north", MONDAY, Slow(1)) == every
    assert len(good_orders("north", MONDAY, "dirty")) == len(every) - 4
    assert good_orders("north", MONDAY, 404) == good_orders("north", MONDAY, "broken") == []


def test_rows_of_no_file_and_of_no_table(tmp_path: Path) -> None:
    assert read_rows(tmp_path / "none.db", "orders") == []
    with closing(sqlite3.connect(tmp_path / "some.db")) as db, db:
        db.execute("CREATE TABLE totals (day, shop)")
        db.execute("INSERT INTO totals VALUES ('2026-03-02', 'west'), ('2026-03-02', 'east')")
    assert read_rows(tmp_path / "some.db", "orders") == []
    assert [row["shop"] for row in read_rows(tmp_path / "some.db", "totals")] == ["east", "west"]


def test_a_run_that_does_not_end_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    @flow
    def sleeps() -> None:
        time.sleep(1)

    monkeypatch.setattr("course_lib.chapters.ch18.rehearsal._LIMIT", 0.2)
    with pytest.raises(course.CourseError, match="'sleeps' did not end"):
        run_planned(sleeps, datetime.now(UTC))
    time.sleep(1)
