"""The table of all that the course's environment has, and Prefect at work hasn't."""

from course_lib.language.messages import in_language
from course_lib.server.environment import DIFFERENCES, Difference
from course_lib.table import Row, Table


def differences() -> Table:
    """Return each variable that the course sets, Prefect's own value, why, and what it means."""
    rows = [_row(each, each.here or each.value or "") for each in DIFFERENCES if each.only != "hub"]
    hub = [_row(each, f"on JupyterHub: {each.here}") for each in DIFFERENCES if each.only == "hub"]
    headings = ("variable", "here", "stock", "why", "at work")
    return Table(headings, tuple(rows + hub), "What the course sets", breaks_words=True)


def _row(each: Difference, here: str) -> Row:
    """Return a row whose sentences are in the learner's language: there is much to read."""
    texts = map(in_language, (here, each.stock or "not set", each.why, each.at_work))
    return (each.name, *texts)
