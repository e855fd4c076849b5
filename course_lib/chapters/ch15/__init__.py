"""What chapter 15, Testing and layout, needs for itself."""

from course_lib.chapters.ch15.cell_tests import run_tests
from course_lib.chapters.ch15.fault_picture import fault_picture
from course_lib.chapters.ch15.faults import Fault, planted, try_faults
