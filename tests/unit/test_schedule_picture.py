"""The picture of schedules: drawn from their runs, told in words as well."""

import io
from datetime import date

import pytest
from matplotlib.image import imread
from prefect.schedules import Cron

from course_lib.chapters.ch07.schedule_picture import schedule_picture


def eight(zone: str) -> Cron:
    return Cron("0 8 * * *", timezone=zone)


def test_a_change_of_clocks_shows_as_a_step() -> None:
    schedules = {zone: eight(zone) for zone in ("Asia/Shanghai", "Europe/Berlin")}
    picture = schedule_picture(schedules, date(2026, 3, 26))
    assert picture.alt == (
        "When schedules fire from 26 March to 2 April 2026, in UTC. "
        "Asia/Shanghai: 26 March to 2 April at 00:00. "
        "Europe/Berlin: 26 March to 28 March at 07:00; 29 March to 2 April at 06:00. "
        "Clocks change in Europe/Berlin on 29 March."
    )
    height, width, _ = imread(io.BytesIO(picture.png)).shape
    assert width > height > 100


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("0 6,18 * * *", "4 May to 5 May at 06:00 and 18:00."),
        ("0 */6 * * *", "4 May to 5 May 4 times a day."),
        ("0 8 5 * *", "x: 5 May at 08:00."),
        ("0 8 1 1 *", "x: never."),
    ],
)
def test_words(rule: str, words: str) -> None:
    assert words in schedule_picture({"x": Cron(rule)}, date(2026, 5, 4), days=2).alt


def test_a_day_without_runs_is_no_part_of_a_span() -> None:
    alt = schedule_picture({"x": Cron("0 8 4,6 5 *")}, date(2026, 5, 4), days=3).alt
    assert "x: 4 May at 08:00; 6 May at 08:00." in alt


@pytest.mark.parametrize("count", [0, 5])
def test_too_few_and_too_many(count: int) -> None:
    with pytest.raises(ValueError, match=f"not {count}"):
        schedule_picture({str(i): eight("UTC") for i in range(count)}, date(2026, 5, 4))
