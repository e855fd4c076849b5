"""The plain function that a decorator has wrapped."""

import inspect
import types

from course_lib.errors import CourseError


def inner_function(what: object) -> types.FunctionType:
    """Return the function inside a task, a flow, or a test with Hypothesis's decorator."""
    inside = getattr(what, "fn", what)
    inside = getattr(getattr(inside, "hypothesis", None), "inner_test", inside)
    function = inspect.unwrap(inside) if callable(inside) else inside
    if not isinstance(function, types.FunctionType):
        raise CourseError(f"{what!r} is no function, task or flow.")
    return function
