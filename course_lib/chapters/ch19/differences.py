"""The table of all that the course's environment has, and Prefect at work hasn't."""

from course_lib.server.environment import DIFFERENCES
from course_lib.table import Table


def differences() -> Table:
    """Return each variable that the course sets, Prefect's own value, why, and what it means."""
    rows = [
        (each.name, each.here or each.value or "", each.stock or "not set", each.why, each.at_work)
        for each in DIFFERENCES
        if each.only != "hub"
    ]
    hub = [
        (each.name, f"on JupyterHub: {each.here}", each.stock or "not set", each.why, each.at_work)
        for each in DIFFERENCES
        if each.only == "hub"
    ]
    headings = ("variable", "here", "stock", "why", "at work")
    return Table(headings, tuple(rows + hub), "What the course sets", breaks_words=True)
