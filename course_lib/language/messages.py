"""What course_lib says, in the language that the learner reads.

Code says everything in English, and what is kept is English. Whoever shows a text hands it to
`in_language`. So one learner can change the language at any time.
"""

from course_lib.language.choice import ENGLISH, current

_MANY_LINES = 12


def in_language(text: str, *, whole: bool = False) -> str:
    """Return a text of the course in the learner's language, as far as it is translated.

    With `whole` it stays as it is unless all of it is.
    """
    language = current()
    if language == ENGLISH:
        return text
    if text.count("\n") > _MANY_LINES:
        return "\n".join(in_language(line, whole=whole) for line in text.split("\n"))
    from course_lib.language.reading import reader  # late: in English there is nothing to read

    words, left = reader(language).read(text)
    return text if whole and left[0] else words
