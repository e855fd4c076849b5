"""Find commands and environment variables of old Prefect in lines for a shell."""

import re
import shlex
from collections.abc import Iterator, Sequence

from course_lib.chapters.ch17.removals import REMOVALS, Removal

Where = tuple[int, Removal]
"""The number of a line, from 1, and the row of the table that it is a case of."""
_VARIABLE = re.compile(r"\bPREFECT_[A-Z0-9_]+")


def in_shell(source: str) -> list[Where]:
    """Give line and row of the table for each old thing in lines for a shell."""
    found: list[Where] = []
    for number, line in enumerate(source.split("\n"), 1):
        code = line.lstrip("$> \t")  # prompts
        if code.startswith(("#", "REM ", "//")):
            continue
        for words in _commands(code):
            found += [(number, removal) for removal in of_command(words)]
        for variable in _VARIABLE.findall(code):
            found += [(number, removal) for removal in of_variable(variable)]
    return found


def _commands(line: str) -> Iterator[list[str]]:
    """Give the words behind each ``prefect`` that a line runs."""
    try:
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()")
        lexer.whitespace_split = True
        words = list(lexer)
    except ValueError:  # an apostrophe in a comment, or a text over several lines
        words = line.split()
    yield from after_prefect(words)


def after_prefect(words: Sequence[str]) -> Iterator[list[str]]:
    """Give the words behind each ``prefect`` that is run, but for its options."""
    for number, word in enumerate(words):
        bare = word.strip("\"'[],")
        is_it = bare == "prefect" or bare.endswith(("/prefect", "\\prefect.exe"))
        if not is_it or not _can_be_command(words[:number]):
            continue
        rest: list[str] = []
        for after in words[number + 1 :]:
            if re.fullmatch(r"[;&|()]+", after):
                break
            rest.append(after.strip("\"'[],"))
        yield [after for after in rest if after and not after.startswith("-")]


_BEFORE = re.compile(
    r"[;&|()]+|-m|sudo|nohup|exec|time|env|then|do|else|run|RUN|CMD|ENTRYPOINT|command:|-|!"
    r"|entrypoint:|run:|&&|ExecStart=.*|@|[A-Za-z_]\w*=.*",
)


def _can_be_command(before: Sequence[str]) -> bool:
    """Whether ``prefect`` after these words is run; in ``pip install prefect`` it isn't."""
    return not before or _BEFORE.fullmatch(before[-1].strip("\"'[],")) is not None


def of_command(words: Sequence[str]) -> Iterator[Removal]:
    """Give the row of the table for an old command, such as ``agent start``."""
    for removal in REMOVALS:
        for command in removal.commands:
            wanted = command.split()
            if list(words[: len(wanted)]) == wanted:
                yield removal
                return


def of_variable(name: str) -> Iterator[Removal]:
    """Give the rows of the table for an old environment variable."""
    yield from (removal for removal in REMOVALS if name.startswith(removal.variables or ("\0",)))
