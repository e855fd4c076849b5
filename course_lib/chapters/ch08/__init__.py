"""What chapter 08, Running it, needs for itself."""

from course_lib.chapters.ch08.cut_line import Line
from course_lib.chapters.ch08.process_picture import ProcessWatch, process_picture
from course_lib.chapters.ch08.queue_order import expected_rounds, line_up, rounds, rounds_picture
from course_lib.chapters.ch08.worker_process import process_of
from course_lib.server.processes import is_alive

__all__ = [
    "Line",
    "ProcessWatch",
    "expected_rounds",
    "is_alive",
    "line_up",
    "process_of",
    "process_picture",
    "rounds",
    "rounds_picture",
]
