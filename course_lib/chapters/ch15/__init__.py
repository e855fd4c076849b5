"""What chapter 15, Testing and layout, needs for itself."""

from course_lib.chapters.ch15.cell_tests import run_tests
from course_lib.chapters.ch15.faults import Fault, fault_picture, planted, try_faults
