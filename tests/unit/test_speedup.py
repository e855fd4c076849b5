"""What workers gain: computed from recorded attempts, and drawn with a text that stays the same."""

import io

import pytest
from matplotlib.image import imread

from course_lib.chapters.ch04.speedup import possible_speedup, speedup, speedup_picture
from course_lib.records.runs import State
from tests.unit.test_runs import at, flow_run, task_run


def test_one_after_the_other_gains_nothing() -> None:
    assert speedup(flow_run(task_run(0, 1), task_run(1, 2))) == 1
    assert speedup(flow_run(task_run(0, 1), task_run(3, 4))) == 0.5


def test_side_by_side_gains_as_many_times_as_there_are() -> None:
    assert speedup(flow_run(*[task_run(0, 2)] * 4)) == 4
    assert speedup(flow_run(task_run(0, 2), task_run(1, 3))) == pytest.approx(4 / 3)


def test_a_pause_between_attempts_is_no_work() -> None:
    retried = task_run(
        0,
        4,
        State("RUNNING", "Running", at(0)),
        State("SCHEDULED", "AwaitingRetry", at(1)),
        State("RUNNING", "Retrying", at(3)),
        State("COMPLETED", "Completed", at(4)),
    )
    assert speedup(flow_run(retried)) == 0.5


def test_nothing_to_measure_is_no_gain() -> None:
    assert speedup(flow_run()) == 1
    assert speedup(flow_run(task_run(1, 1))) == 1


@pytest.mark.parametrize(
    ("requests", "workers", "gain"),
    [(6, 1, 1), (6, 2, 2), (6, 3, 3), (6, 4, 3), (6, 5, 3), (6, 6, 6), (6, 8, 6), (5, 3, 2.5)],
)
def test_workers_take_equal_requests_in_rounds(requests: int, workers: int, gain: float) -> None:
    assert possible_speedup(requests, workers) == gain


def test_the_text_names_what_is_drawn_and_no_measured_number() -> None:
    drawn = speedup_picture({(6, 4): 2.71, (6, 1): 0.98, (8, 2): 1.9}, requests=6)
    assert drawn.alt == (
        "Speed-up of 6 equal requests by 1 to 8 workers: possible are 1, 2, 3, 3, 3, 6, 6, 6; "
        "measured for 1 and 4 workers."
    )
    assert "measured for 2 workers." in speedup_picture({(8, 2): 1.9}, requests=8).alt
    assert "measured for 1 worker." in speedup_picture({(8, 1): 1.0}, requests=8).alt
    assert "nothing measured yet" in speedup_picture({(8, 2): 1.9}, requests=6).alt


def test_the_picture_is_as_wide_as_the_others_and_the_same_each_time() -> None:
    one, other = (speedup_picture({(6, 3): 2.9}, requests=6) for _ in range(2))
    assert one.png == other.png
    assert one.png != speedup_picture({(6, 3): 2.1}, requests=6).png
    assert imread(io.BytesIO(one.png)).shape[1] == 1440
    assert one.size[0] == 720
