"""The shop's load over time: counted from its book of requests, and drawn."""

import io
from math import inf

from matplotlib.image import imread

from course_lib.display.load_picture import load_picture, most_in_a_second, steps
from course_lib.shop import Request


def request(started: float, ended: float, status: int = 200) -> Request:
    return Request("stock/north", "", status, started, ended)


THREE = (request(5, 6), request(5.5, 6.5), request(6.5, 7, 429))


def test_the_number_at_work_changes_with_each_start_and_end() -> None:
    assert steps(THREE) == ([0, 0.5, 1, 1.5, 2], [1, 2, 1, 1, 0])
    assert steps([]) == steps([request(1, inf)]) == ([], [])


def test_the_busiest_second_is_found_wherever_it_begins() -> None:
    assert most_in_a_second([request(at, at + 1) for at in (0, 0.9, 1.5, 1.8, 1.85)]) == 4
    assert most_in_a_second([request(0, 1), request(1, 2)]) == 1
    assert most_in_a_second([]) == 0


def test_the_text_tells_of_the_limit_and_no_times() -> None:
    assert load_picture({"free": THREE, "limited": THREE[:1]}, limit=1).alt == (
        "Requests at the shop over time. free: 3 requests, some of them refused, at times more "
        "than 1 at once; limited: 1 request, never more than 1 at once."
    )
    assert load_picture({}).alt == "Requests at the shop over time. No requests."


def test_the_picture_is_as_wide_as_the_others_and_the_same_each_time() -> None:
    one, other = (load_picture({"free": THREE, "none": ()}, 1, predicted=2) for _ in range(2))
    assert one.png == other.png
    assert imread(io.BytesIO(one.png)).shape[1] == 1440
