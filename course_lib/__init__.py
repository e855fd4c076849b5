"""What the chapters use: ``import course_lib as course``."""

from course_lib.beside import Postgres, SecondServer
from course_lib.burst import burst, burst_picture
from course_lib.chances import chances_picture
from course_lib.checkup import doctor
from course_lib.clusters import LocalRay, local_dask, need
from course_lib.config_picture import settings_picture
from course_lib.costs import Meter, busy_cores, cost_picture, expected_picture, where_picture
from course_lib.deployed import (
    Deployment,
    planned_runs,
    read_deployment,
    upcoming,
)
from course_lib.engine import exercise, progress
from course_lib.errors import CourseError
from course_lib.line import Line
from course_lib.live import watch
from course_lib.load_picture import load_picture, most_in_a_second
from course_lib.log_picture import log_picture
from course_lib.operations import process_of, wait_for
from course_lib.pictures import Picture, picture, timeline
from course_lib.process_picture import ProcessWatch, process_picture
from course_lib.processes import is_alive
from course_lib.program_picture import Programs, program_picture
from course_lib.project import project
from course_lib.reading import last_run, last_task_run, read_logs, read_run
from course_lib.rounds import expected_rounds, line_up, rounds, rounds_picture
from course_lib.runs import FlowRun, TaskRun
from course_lib.schedule_picture import schedule_picture
from course_lib.session import dashboard, start
from course_lib.shop import Shop, Slow
from course_lib.speedup import speedup, speedup_picture
from course_lib.state_graph import state_graph
from course_lib.tables import history, show
from course_lib.traces import traces
from course_lib.widgets import play
from course_lib.workers import Worker

__all__ = [
    "CourseError",
    "Deployment",
    "FlowRun",
    "Line",
    "LocalRay",
    "Meter",
    "Picture",
    "Postgres",
    "ProcessWatch",
    "Programs",
    "SecondServer",
    "Shop",
    "Slow",
    "TaskRun",
    "Worker",
    "burst",
    "burst_picture",
    "busy_cores",
    "chances_picture",
    "cost_picture",
    "dashboard",
    "doctor",
    "exercise",
    "expected_picture",
    "expected_rounds",
    "history",
    "is_alive",
    "last_run",
    "last_task_run",
    "line_up",
    "load_picture",
    "local_dask",
    "log_picture",
    "most_in_a_second",
    "need",
    "picture",
    "planned_runs",
    "play",
    "process_of",
    "process_picture",
    "program_picture",
    "progress",
    "project",
    "read_deployment",
    "read_logs",
    "read_run",
    "rounds",
    "rounds_picture",
    "schedule_picture",
    "settings_picture",
    "show",
    "speedup",
    "speedup_picture",
    "start",
    "state_graph",
    "timeline",
    "traces",
    "upcoming",
    "wait_for",
    "watch",
    "where_picture",
]
