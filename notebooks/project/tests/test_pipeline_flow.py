"""The whole morning, against a shop with faults."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from shop_pipeline.config import PROJECT, Settings
from shop_pipeline.flows import IncompleteError, daily_report

import course_lib as course
from course_lib.shop import Shop, orders

MONDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 1)


@pytest.fixture(scope="module", autouse=True)
def _connected() -> None:
    course.start()


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("SHOP_DATABASE", str(tmp_path / "shop.db"))
    monkeypatch.setenv("SHOP_REPORTS", str(tmp_path / "reports"))
    monkeypatch.setenv("SHOP_STORES", "north,east")
    return Settings()


def rows(settings: Settings) -> list[tuple]:
    with closing(sqlite3.connect(settings.database)) as database:
        return database.execute("select * from orders order by order_id").fetchall()


def test_temporary_faults_leave_no_trace_but_retries(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Shop(faults={"orders/north": [503, "broken"]}) as shop:
        monkeypatch.setenv("SHOP_URL", shop.url)
        file = daily_report(MONDAY)
        assert file == settings.reports / "2026-03-02.md"
        (pull,) = course.last_run(daily_report).of("pull orders of north")
        assert (pull.run_count, pull.state.type) == (3, "COMPLETED")
        first = rows(settings), file.read_text()
        assert len(first[0]) == len(orders("north")) + len(orders("east"))
        daily_report(MONDAY)
    assert (rows(settings), file.read_text()) == first


def test_what_is_missing_is_named_and_the_rest_is_there(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Shop(faults={"orders/north": [404], "stock/east": ["dirty"]}) as shop:
        monkeypatch.setenv("SHOP_URL", shop.url)
        with pytest.raises(IncompleteError, match=r"missing on 2026-03-02: orders of north$"):
            daily_report(MONDAY)
        assert [row[1] for row in rows(settings)] == ["east"] * len(orders("east"))
        text = (settings.reports / "2026-03-02.md").read_text()
        assert "**Missing: orders of north.**" in text
        assert text.count("stock of east, record") == 4
        daily_report(MONDAY)  # the shop is well again
    assert {row[1] for row in rows(settings)} == {"north", "east"}
    assert "Missing" not in (settings.reports / "2026-03-02.md").read_text()


def test_a_closed_day_is_no_failure(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with Shop() as shop:
        monkeypatch.setenv("SHOP_URL", shop.url)
        daily_report(SUNDAY)
    assert rows(settings) == []


def test_the_command_line(settings: Settings) -> None:
    with Shop() as shop:
        done = subprocess.run(
            [sys.executable, "-m", "shop_pipeline", "run", "--day", "2026-03-02"],
            cwd=PROJECT,
            env=os.environ | {"SHOP_URL": shop.url},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == settings.reports / "2026-03-02.md"
