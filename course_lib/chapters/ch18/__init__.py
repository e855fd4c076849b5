"""What chapter 18, Capstone: a week at the shops, needs for itself."""

from course_lib.chapters.ch18.rehearsal import Pipeline, rehearse_week, run_interrupted, run_planned
from course_lib.chapters.ch18.week_picture import week_picture
