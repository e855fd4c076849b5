"""Rounds of waiting runs: drawn with a text that says the same. (Chapter 08 runs them for real.)"""

import io

from matplotlib.image import imread

from course_lib.chapters.ch08.queue_order import rounds_picture

NAMES = ["routine 1", "urgent 1", "routine 2"]


def test_the_text_tells_the_record_and_whether_it_was_predicted() -> None:
    recorded = [["urgent 1", "routine 1"], ["routine 2"]]
    same = rounds_picture(NAMES, [["routine 1", "urgent 1"], ["routine 2"]], recorded)
    assert same.alt == (
        "Rounds in which waiting runs started, as recorded: 1: urgent 1, routine 1; 2: routine 2. "
        "Predicted: the same."
    )
    other = rounds_picture(NAMES, [["routine 1"]], recorded)
    assert other.alt.endswith("Predicted: 1: routine 1.")
    assert rounds_picture(NAMES, recorded, []).alt.startswith(
        "Rounds in which waiting runs started, as recorded: none."
    )


def test_the_picture_is_as_wide_as_the_others_and_the_same_each_time() -> None:
    one, other = (rounds_picture(NAMES, [NAMES], [NAMES[:2], NAMES[2:]]) for _ in range(2))
    assert one.png == other.png
    assert imread(io.BytesIO(one.png)).shape[1] == 1440
