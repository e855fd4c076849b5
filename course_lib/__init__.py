"""What the chapters use: ``import course_lib as course``."""

from course_lib.artifacts import read_artifacts, show_artifacts
from course_lib.automations import automate, forget_automations, rehearse
from course_lib.begun import Begun, begin
from course_lib.beside import Postgres, SecondServer
from course_lib.burst import burst, burst_picture
from course_lib.cell_tests import run_tests
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
from course_lib.engine import exercise
from course_lib.errors import CourseError
from course_lib.event_picture import event_picture, rehearsal_picture
from course_lib.events import read_events, show_events
from course_lib.fault_picture import fault_picture
from course_lib.faults import Fault, planted, try_faults
from course_lib.inbox import Inbox
from course_lib.line import Line
from course_lib.live import watch
from course_lib.load_picture import load_picture, most_in_a_second
from course_lib.log_picture import log_picture
from course_lib.old_code import scan_old_code
from course_lib.old_runs import old_form, try_code, try_commands
from course_lib.operations import process_of, wait_for
from course_lib.pictures import Picture, picture, timeline
from course_lib.process_picture import ProcessWatch, process_picture
from course_lib.processes import is_alive
from course_lib.program_picture import Programs, program_picture
from course_lib.progress_picture import progress
from course_lib.project import project
from course_lib.reading import last_run, last_task_run, read_logs, read_question, read_run
from course_lib.rehearsal import Pipeline, Week, rehearse_week, run_interrupted, run_planned
from course_lib.removals import REMOVALS
from course_lib.rounds import expected_rounds, line_up, rounds, rounds_picture
from course_lib.runs import FlowRun, TaskRun
from course_lib.schedule_picture import schedule_picture
from course_lib.session import dashboard, start
from course_lib.shop import Shop, Slow
from course_lib.speedup import speedup, speedup_picture
from course_lib.state_graph import state_graph
from course_lib.tables import history, show
from course_lib.traces import traces
from course_lib.week_picture import week_picture, week_table
from course_lib.widgets import play
from course_lib.workers import TaskWorker, Worker

__all__ = [
    "REMOVALS",
    "Begun",
    "CourseError",
    "Deployment",
    "Fault",
    "FlowRun",
    "Inbox",
    "Line",
    "LocalRay",
    "Meter",
    "Picture",
    "Pipeline",
    "Postgres",
    "ProcessWatch",
    "Programs",
    "SecondServer",
    "Shop",
    "Slow",
    "TaskRun",
    "TaskWorker",
    "Week",
    "Worker",
    "automate",
    "begin",
    "burst",
    "burst_picture",
    "busy_cores",
    "chances_picture",
    "cost_picture",
    "dashboard",
    "doctor",
    "event_picture",
    "exercise",
    "expected_picture",
    "expected_rounds",
    "fault_picture",
    "forget_automations",
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
    "old_form",
    "picture",
    "planned_runs",
    "planted",
    "play",
    "process_of",
    "process_picture",
    "program_picture",
    "progress",
    "project",
    "read_artifacts",
    "read_deployment",
    "read_events",
    "read_logs",
    "read_question",
    "read_run",
    "rehearsal_picture",
    "rehearse",
    "rehearse_week",
    "rounds",
    "rounds_picture",
    "run_interrupted",
    "run_planned",
    "run_tests",
    "scan_old_code",
    "schedule_picture",
    "settings_picture",
    "show",
    "show_artifacts",
    "show_events",
    "speedup",
    "speedup_picture",
    "start",
    "state_graph",
    "timeline",
    "traces",
    "try_code",
    "try_commands",
    "try_faults",
    "upcoming",
    "wait_for",
    "watch",
    "week_picture",
    "week_table",
    "where_picture",
]
