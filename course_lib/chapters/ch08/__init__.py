"""What chapter 08, Running it, needs for itself."""

from course_lib.chapters.ch08.cut_line import CuttableLine
from course_lib.chapters.ch08.queue_order import (
    create_due_runs,
    expected_rounds,
    fresh_pool,
    rounds_picture,
    run_in_rounds,
)
from course_lib.chapters.ch08.run_processes import (
    ProcessWatch,
    process_of,
    process_picture,
    program_with,
)
from course_lib.chapters.ch08.running_unit import RunningUnit
from course_lib.server.processes import is_alive
