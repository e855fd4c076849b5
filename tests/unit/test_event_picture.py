"""Events: what led to what, in words, in tables and in pictures."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from matplotlib.image import imread

from course_lib.chapters.ch13.automations import FIRED, Rehearsal
from course_lib.chapters.ch13.event_picture import (
    arrows,
    event_picture,
    rehearsal_picture,
    windows,
)
from course_lib.chapters.ch13.lineage_picture import lineage_picture
from course_lib.chapters.ch13.record_tables import show_events
from course_lib.display.pictures import Picture
from course_lib.records.events import Event

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
RUN, DOG = f"prefect.flow-run.{uuid4()}", f"prefect.automation.{uuid4()}"


def event(
    name: str,
    about: str,
    at: float,
    cause: UUID | None = None,
    label: str = "",
    related: tuple[tuple[str, str], ...] = (),
) -> Event:
    return Event(uuid4(), name, about, label, BEGIN + timedelta(seconds=at), cause, related)


RUNNING = event("prefect.flow-run.Running", RUN, 0)
BARKED = event(FIRED, DOG, 10, RUNNING.id, "dog")
ANNOUNCED = event("prefect.automation.action.triggered", DOG, 10, BARKED.id, "dog")
CRASHED = event("prefect.flow-run.Crashed", RUN, 10.2, RUNNING.id)
DONE = event("prefect.automation.action.executed", DOG, 10.3, BARKED.id, "dog", (("target", RUN),))
STORY = (RUNNING, BARKED, ANNOUNCED, CRASHED, DONE)


def test_an_event_says_in_words_whom_it_is_about() -> None:
    assert [each.who for each in (RUNNING, BARKED)] == ["flow run", "automation 'dog'"]
    assert event("x", f"prefect.task-run.{uuid4()}", 0, label="pull-1f2").who == "task run of pull"
    assert event("x", "shop.north", 0, label="north").who == "shop.north"


def test_the_table_names_causes_that_it_holds() -> None:
    assert show_events([RUNNING, CRASHED]).rows == (
        ("prefect.flow-run.Running", "flow run", ""),
        ("prefect.flow-run.Crashed", "flow run", "prefect.flow-run.Running"),
    )
    assert show_events([CRASHED]).headings == ("event", "about")


def test_arrows_go_between_resources_and_from_an_action_to_what_it_changed() -> None:
    shown = [RUNNING, BARKED, CRASHED, DONE]
    assert arrows(shown) == [(0, 1), (1, 2)]
    late = event("prefect.flow-run.Completed", RUN, 11)
    assert arrows([*shown, late]) == [(0, 1), (1, 2)]
    assert arrows([CRASHED, DONE]) == []


def test_the_picture_says_in_words_what_it_shows_and_no_times() -> None:
    assert event_picture(STORY).alt == (
        "Events from top to bottom, a lane for each resource. flow run: flow-run.Running, "
        "flow-run.Crashed; automation 'dog': automation.triggered, automation.action.executed. "
        "Arrows: automation.triggered led to flow-run.Crashed; flow-run.Running led to "
        "automation.triggered."
    )


def asset(end: str, key: str, *sources: str) -> Event:
    related = tuple(("asset", each) for each in sources)
    return event(f"prefect.asset.{end}", key, 0, related=(*related, ("flow", "f")))


ASSETS = (
    RUNNING,
    asset("materialization.succeeded", "file:///a"),
    asset("referenced", "file:///a"),
    asset("materialization.failed", "file:///c", "file:///b", "file:///a"),
)


def test_the_picture_of_assets_says_what_each_was_made_from() -> None:
    assert lineage_picture(ASSETS).alt == (
        "Assets, and what they were made from: b given; a made; c failed from a and b."
    )


def test_the_pictures_are_as_wide_as_the_others_and_the_same_each_time() -> None:
    rehearsal = Rehearsal((0, 5), (5,), 2, 10)
    drawings: tuple[Callable[[], Picture], ...] = (
        lambda: event_picture(STORY),
        lambda: rehearsal_picture(rehearsal),
        lambda: lineage_picture(ASSETS),
    )
    for draw in drawings:
        assert draw().png == draw().png
        assert imread(io.BytesIO(draw().png)).shape[1] == 1440
    assert event_picture([]).alt
    assert lineage_picture([]).alt


def rehearsed(threshold: int, within: float, *at: float) -> list[tuple[float, float]]:
    return windows(Rehearsal(at, (), threshold, within))


def test_a_window_opens_with_an_event() -> None:
    assert rehearsed(3, 35, 0, 30, 40, 50) == [(0, 35), (40, 75)]


def test_after_it_fired_the_next_window_follows_at_once_if_an_event_falls_into_it() -> None:
    assert rehearsed(2, 20, 0, 5, 25, 45) == [(0, 20), (20, 40), (45, 65)]
    assert rehearsed(1, 10, 0, 30) == [(0, 10), (30, 40)]


def test_a_rehearsal_tells_what_happened() -> None:
    assert repr(Rehearsal((0, 5.5), (5.5,), 2, 10)) == (
        "2 within 10 s; events at 0, 5.5 s; fired at 5.5 s"
    )
    assert repr(Rehearsal((0,), (), 2, 10)).endswith("never fired")
