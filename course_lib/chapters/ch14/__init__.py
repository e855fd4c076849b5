"""What chapter 14, Async and people in the loop, needs for itself."""

from course_lib.chapters.ch14.background_run import BackgroundRun, run_in_background
from course_lib.records.reading import read_question
from course_lib.server.workers import TaskWorker
