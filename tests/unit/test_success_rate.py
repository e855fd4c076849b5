"""The chance of success, and its picture beside what was measured."""

import pytest

from course_lib.chapters.ch06 import success_rate


@pytest.mark.parametrize(
    ("failure_rate", "retries", "expected"),
    [(0.0, 0, 1.0), (1.0, 5, 0.0), (0.3, 0, 0.7), (0.5, 1, 0.75), (0.5, 3, 0.9375)],
)
def test_chance_that_one_attempt_of_several_succeeds(
    failure_rate: float, retries: int, expected: float
) -> None:
    assert success_rate.chance(failure_rate, retries) == pytest.approx(expected)


@pytest.mark.parametrize(("failure_rate", "retries"), [(-0.1, 1), (1.1, 1), (0.5, -1)])
def test_what_is_no_rate_or_number_is_refused(failure_rate: float, retries: int) -> None:
    with pytest.raises(ValueError, match="not"):
        success_rate.chance(failure_rate, retries)


@pytest.mark.parametrize("measured", [{6: 0.5}, {-1: 0.5}, {1: 1.5}, {1: -0.5}])
def test_measured_points_off_the_picture_are_refused(measured: dict[int, float]) -> None:
    with pytest.raises(ValueError, match="measured must map"):
        success_rate.success_rate_picture(0.5, measured)


def test_the_words_tell_the_curve_and_where_it_was_measured_but_no_measured_number() -> None:
    one, other = (
        success_rate.success_rate_picture(0.5, {3: share, 0: share}) for share in (0.41, 0.97)
    )
    assert one.alt == other.alt
    assert "rises from 50% to 98%" in one.alt
    assert "measured at 0, 3 on the axis of retries" in one.alt
    assert one.png.startswith(b"\x89PNG")
    assert one.png != other.png


def test_a_picture_before_anything_was_measured() -> None:
    assert "nothing is measured yet" in success_rate.success_rate_picture(0.3, {}).alt
