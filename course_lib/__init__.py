"""What the chapters use: ``import course_lib as course``."""

from course_lib.app.doctor import doctor
from course_lib.app.progress import progress
from course_lib.chapters import exercise
from course_lib.chapters.project import folder, project
from course_lib.display.live import watch
from course_lib.display.load_picture import load_picture
from course_lib.display.pictures import Picture, picture
from course_lib.display.tables import history, show
from course_lib.display.timeline import timeline
from course_lib.display.widgets import play
from course_lib.errors import CourseError
from course_lib.kernel.session import dashboard, start
from course_lib.records.reading import last_run, last_task_run, read_logs, read_run, wait_for
from course_lib.records.runs import FlowRun
from course_lib.server.workers import Worker
from course_lib.shop import Shop, Slow
