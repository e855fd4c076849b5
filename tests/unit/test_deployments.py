"""Snapshots of deployments, read from a real server, and when their schedules fire."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from prefect import Flow, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.schedules import Cron, Interval, RRule

import course_lib as course
from course_lib.records.deployments import (
    Schedule,
    between,
    planned_runs,
    read_deployment,
    upcoming,
)

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
BEFORE_SUMMER = datetime(2026, 3, 28, tzinfo=UTC)
SEVEN = datetime(2026, 3, 2, 7, tzinfo=SHANGHAI)


def hours(times: tuple[datetime, ...]) -> list[str]:
    return [f"{each.astimezone(UTC):%d %H:%M}" for each in times]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Cron("0 8 * * *"), ["28 08:00", "29 08:00", "30 08:00"]),
        (Cron("0 8 * * *", timezone="Europe/Berlin"), ["28 07:00", "29 06:00", "30 06:00"]),
        (Cron("0 8 * * *", timezone="Asia/Shanghai"), ["28 00:00", "29 00:00", "30 00:00"]),
        (
            Interval(timedelta(hours=5), anchor_date=SEVEN, timezone="Asia/Shanghai"),
            ["28 00:00", "28 05:00", "28 10:00"],
        ),
        (
            RRule("FREQ=DAILY;BYHOUR=8;BYMINUTE=0;BYSECOND=0", timezone="Europe/Berlin"),
            ["28 07:00", "29 06:00", "30 06:00"],
        ),
    ],
)
def test_schedules_fire_as_the_server_has_it(schedule: Any, expected: list[str]) -> None:
    assert hours(upcoming(schedule, BEFORE_SUMMER, 3)) == expected
    assert hours(upcoming(Schedule.of(schedule), BEFORE_SUMMER, 3)) == expected


def test_times_are_on_the_schedules_own_clock_and_a_day_begins_there() -> None:
    (first,) = upcoming(Cron("0 0 * * *", timezone="Asia/Shanghai"), date(2026, 3, 2), 1)
    assert (first.tzinfo, f"{first:%d %H:%M}") == (SHANGHAI, "02 00:00")


def test_a_span_of_time() -> None:
    schedule = Cron("0 */6 * * *", timezone="Europe/Berlin")
    found = between(schedule, BEFORE_SUMMER, BEFORE_SUMMER + timedelta(days=1))
    assert hours(found) == ["28 05:00", "28 11:00", "28 17:00", "28 23:00"]


def test_a_rule_that_ends_gives_fewer() -> None:
    ends = RRule("DTSTART:20260328T080000\nFREQ=DAILY;COUNT=2", timezone="UTC")
    assert len(upcoming(ends, BEFORE_SUMMER, 5)) == 2


def test_what_is_no_time_or_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        upcoming(Cron("0 8 * * *"), datetime(2026, 3, 2))
    with pytest.raises(ValueError, match="Invalid timezone"):
        upcoming(Cron("0 8 * * *", timezone="Asia/Shanghia"), date(2026, 3, 2))


@pytest.fixture
def loaded(tmp_path: Path) -> Iterator["Flow[..., Any]"]:
    """Load a flow of a name of its own; its work pool is called like the flow."""
    course.start()
    name = f"flow-{uuid4().hex[:8]}"
    (tmp_path / "flows.py").write_text(
        f"from prefect import flow\n\n\n@flow(name={name!r})\ndef report(day: str = ''):\n    pass\n"
    )
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=name, type="process"))
    yield Flow.from_source(tmp_path, "flows.py:report")
    with get_client(sync_client=True) as client:
        client.delete_flow(client.read_flow_by_name(name).id)
        client.delete_work_pool(name)


def deploy(loaded: "Flow[..., Any]", **options: Any) -> str:
    async def send() -> None:
        deployment = await loaded.ato_deployment("a", work_pool_name=loaded.name, **options)
        await deployment.aapply()

    asyncio.run(send())
    return f"{loaded.name}/a"


def test_a_snapshot_says_what_was_deployed(loaded: "Flow[..., Any]", tmp_path: Path) -> None:
    schedules = [
        Cron("0 8 * * *", timezone="Asia/Shanghai", parameters={"day": "monday"}),
        Interval(timedelta(hours=5), anchor_date=SEVEN, timezone="Asia/Shanghai", active=False),
    ]
    name = deploy(
        loaded, schedules=schedules, tags=["b", "a"], version="1.2", parameters={"day": "x"}
    )
    found = read_deployment(name)
    assert found.name == name
    assert (found.version, found.tags, found.description) == ("1.2", {"a", "b"}, "")
    assert found.parameters == {"day": "x"}
    assert (found.work_pool, found.work_queue) == (loaded.name, "default")
    assert (found.entrypoint, found.folder) == ("flows.py:report", str(tmp_path.resolve()))
    cron, interval = found.schedules
    assert str(cron) == "cron 0 8 * * *, Asia/Shanghai, day='monday'"
    assert str(interval) == "interval 5:00:00, Asia/Shanghai, switched off"
    assert hours(upcoming(interval, BEFORE_SUMMER, 1)) == ["28 00:00"]
    text = repr(found)
    assert "a, b" in text
    assert str(found.id) not in text + found._repr_html_()


def test_equal_unless_something_that_matters_changed(loaded: "Flow[..., Any]") -> None:
    options = {"schedule": Cron("0 8 * * *", timezone="Asia/Shanghai"), "tags": ["a"]}
    name = deploy(loaded, **options)
    before = read_deployment(name)
    deploy(loaded, **options)
    assert read_deployment(name) == before
    deploy(loaded, **options | {"tags": ["b"]})
    assert read_deployment(name) != before
    for moment in (None, None):
        deploy(loaded, schedule=Interval(60, anchor_date=moment))  # counts from now
        assert read_deployment(name) != before
        before = read_deployment(name)


def test_the_server_plans_runs_unless_paused(loaded: "Flow[..., Any]") -> None:
    name = deploy(loaded, schedule=Cron("0 8 * * *", timezone="Asia/Shanghai"), paused=True)
    assert read_deployment(name).paused
    assert planned_runs(name) == ()
    deploy(loaded, schedule=Cron("0 8 * * *", timezone="Asia/Shanghai"))
    planned = planned_runs(name, at_least=2)
    assert planned == tuple(sorted(planned))
    assert {each.astimezone(SHANGHAI).hour for each in planned} == {8}


def test_no_such_deployment() -> None:
    course.start()
    with pytest.raises(course.CourseError, match="no deployment 'no/such'"):
        read_deployment("no/such")
