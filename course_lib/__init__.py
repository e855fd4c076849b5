"""What the chapters use: ``import course_lib as course``."""

from course_lib.chances import chances_picture
from course_lib.checkup import doctor
from course_lib.engine import exercise, progress
from course_lib.errors import CourseError
from course_lib.live import watch
from course_lib.log_picture import log_picture
from course_lib.pictures import Picture, picture, timeline
from course_lib.project import project
from course_lib.reading import last_run, last_task_run, read_logs, read_run
from course_lib.runs import FlowRun, TaskRun
from course_lib.session import dashboard, start
from course_lib.shop import Shop, Slow
from course_lib.speedup import speedup, speedup_picture
from course_lib.state_graph import state_graph
from course_lib.tables import history, show
from course_lib.widgets import play
from course_lib.workers import Worker

__all__ = [
    "CourseError",
    "FlowRun",
    "Picture",
    "Shop",
    "Slow",
    "TaskRun",
    "Worker",
    "chances_picture",
    "dashboard",
    "doctor",
    "exercise",
    "history",
    "last_run",
    "last_task_run",
    "log_picture",
    "picture",
    "play",
    "progress",
    "project",
    "read_logs",
    "read_run",
    "show",
    "speedup",
    "speedup_picture",
    "start",
    "state_graph",
    "timeline",
    "watch",
]
