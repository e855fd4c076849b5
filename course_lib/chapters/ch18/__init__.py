"""What chapter 18, Capstone: a week at the shops, needs for itself."""

from course_lib.chapters.ch18.rehearsal import (
    Pipeline,
    Week,
    rehearse_week,
    run_interrupted,
    run_planned,
)
from course_lib.chapters.ch18.week_picture import week_picture, week_table

__all__ = [
    "Pipeline",
    "Week",
    "rehearse_week",
    "run_interrupted",
    "run_planned",
    "week_picture",
    "week_table",
]
