"""What chapter 17, Reading old tutorials, needs for itself."""

from course_lib.chapters.ch17.removals import REMOVALS
from course_lib.chapters.ch17.scan import scan_old_code
from course_lib.chapters.ch17.tryout import old_form, try_code, try_commands
from course_lib.records.deployments import read_deployment, upcoming
