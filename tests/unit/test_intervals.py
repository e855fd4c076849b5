"""How many go on at once."""

import pytest

from course_lib.intervals import counts, most_at_once


@pytest.mark.parametrize(
    ("intervals", "most"),
    [
        ([], 0),
        ([(0.0, 1.0)], 1),
        ([(0.0, 1.0), (1.0, 2.0)], 1),  # the one ends where the other begins
        ([(1.0, 2.0), (0.0, 1.0), (0.5, 1.5)], 2),
        ([(0.0, 3.0), (1.0, 2.0), (1.5, float("inf"))], 3),
    ],
)
def test_most_at_once(intervals: list[tuple[float, float]], most: int) -> None:
    assert most_at_once(intervals) == most


def test_each_moment_has_the_number_from_then_on() -> None:
    assert counts([(0.0, 2.0), (1.0, 2.0), (2.0, 3.0)]) == {0.0: 1, 1.0: 2, 2.0: 1, 3.0: 0}
