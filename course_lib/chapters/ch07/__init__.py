"""What chapter 07, Deployments, needs for itself."""

from course_lib.chapters.ch07.schedule_picture import schedule_picture
from course_lib.records.deployments import planned_runs, read_deployment, upcoming
