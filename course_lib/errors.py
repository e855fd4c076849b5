"""The one exception that learners meet from the course itself."""


class CourseError(Exception):
    """Something that a person can put right; the message says what is wrong and what to do.

    Jupyter shows it as that one sentence, without a traceback.
    """

    def _render_traceback_(self) -> list[str]:  # IPython's hook for exceptions
        return [str(self)]
