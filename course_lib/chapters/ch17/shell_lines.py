"""Find commands and environment variables of old Prefect in lines for a shell."""

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import takewhile

from course_lib.chapters.ch17.removals import REMOVALS, Removal, removal_for

Hit = tuple[int, Removal]
"""The number of a line, from 1, and the row of the table that it is a case of."""

_VARIABLE = re.compile(r"\bPREFECT_[A-Z0-9_]+")
_OPERATOR = re.compile(r"[;&|()]+")
# What may stand before a command that is run; in `pip install prefect` nothing of it does.
_BEFORE_COMMAND = re.compile(
    r"[;&|()]+|-m|sudo|nohup|exec|time|env|then|do|else|run|RUN|CMD|ENTRYPOINT|command:|-|!"
    r"|entrypoint:|run:|ExecStart=.*|@|[A-Za-z_]\w*=.*"
)
_QUOTES = "\"'[],"


def scan_shell(source: str) -> list[Hit]:
    """Return line and removal for each old thing in lines for a shell."""
    hits: list[Hit] = []
    for number, line in enumerate(source.split("\n"), 1):
        code = line.lstrip("$> \t")  # prompts
        if code.startswith(("#", "REM ", "//")):
            continue
        hits += [(number, removal) for removal in old_commands(_words(code))]
        for variable in _VARIABLE.findall(code):
            hits += [(number, removal) for removal in old_variables(variable)]
    return hits


def old_commands(words: Sequence[str]) -> Iterator[Removal]:
    """Return the rows for the old commands, such as ``prefect agent start``, among these words."""
    bare = [word.strip(_QUOTES) for word in words]
    for number, word in enumerate(bare):
        is_prefect = word == "prefect" or word.endswith(("/prefect", "\\prefect.exe"))
        is_run = number == 0 or _BEFORE_COMMAND.fullmatch(bare[number - 1])
        if is_prefect and is_run:
            # The words up to the next operator of the shell, without options.
            command = takewhile(lambda word: not _OPERATOR.fullmatch(word), words[number + 1 :])
            names = [each.strip(_QUOTES) for each in command]
            names = [each for each in names if each and not each.startswith("-")]
            first, two = " ".join(names[:1]), " ".join(names[:2])
            removal = removal_for("commands", first) or removal_for("commands", two)
            if removal is not None:
                yield removal


def old_variables(name: str) -> list[Removal]:
    """Return the rows for an old environment variable."""
    return [removal for removal in REMOVALS if name.startswith(tuple(removal.variables))]


def _words(line: str) -> list[str]:
    try:
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()")
        lexer.whitespace_split = True
        return list(lexer)
    except ValueError:  # an apostrophe in a comment, or a text over several lines
        return line.split()
