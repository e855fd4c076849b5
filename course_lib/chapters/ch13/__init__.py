"""What chapter 13, Seeing and reacting, needs for itself."""

from course_lib.chapters.ch13.automations import automate, forget_automations, in_force, rehearse
from course_lib.chapters.ch13.event_picture import event_picture, rehearsal_picture
from course_lib.chapters.ch13.lineage_picture import lineage_picture
from course_lib.chapters.ch13.record_tables import show_artifacts, show_events
from course_lib.records.artifacts import read_artifacts
from course_lib.records.events import read_events
from course_lib.shop.inbox import Inbox
