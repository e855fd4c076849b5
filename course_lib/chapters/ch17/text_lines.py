"""Find old Prefect in text that isn't Python: commands, variables, names, versions, line by line."""

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import takewhile

from course_lib.chapters.ch17.removals import (
    OldForm,
    old_module,
    old_name,
    old_texts,
    old_variables,
    removal_for,
)

Hit = tuple[int, OldForm]
"""The number of a line, from 1, and the old form that it holds."""

VARIABLE = re.compile(r"\bPREFECT_[A-Z0-9_]+")
_COMMENT = ("#", "REM ", "//", ";")
_IMPORT = re.compile(r"\b(?:from +(prefect[\w.]*) +import +\(?([\w, ]+)|import +(prefect[\w.]*))")
_NAME = re.compile(r"(?<![\w.\-/@])prefect(?:\.\w+){2,}(?![\w\-/])")
_SURE = re.compile(  # in a text that may be a sentence: what is hardly ever one
    r"(?:[\w./-]*/)?prefect (?:agent (?:start|(?:docker|ecs|kubernetes|local|vertex) (?:start|install))"
    r"|orion (?:start|database|kubernetes-manifest)|deployment (?:build|apply)|register (?:-|flow)"
    r"|backend (?:cloud|server)|create project|auth (?:login|create-token)|server create-tenant)\b"
)
# Programs that run what follows, and options with which a shell does.
_LAUNCHER = re.compile(
    r"(?:docker|docker-compose|podman|kubectl|oc) (?:.+ )?(?:exec|run) |screen |ssh |tmux "
)
_SHELL_OPTION = re.compile(r"-\w*c")
_LIST_ITEM = re.compile(r"([ \t]*)(?:- *)?[\"']?([^\"',]*)[\"']?,?\\?$")
_OPERATOR = re.compile(r"[;&|()]+")
# What may stand before a command that is run; in `pip install prefect` nothing of it does.
_BEFORE_COMMAND = re.compile(
    r"[;&|()]+|-m|-c|sudo|nohup|exec|time|env|then|do|else|run|RUN|CMD|ENTRYPOINT|command:|-|!"
    r"|entrypoint:|run:|args:|script:|@|[A-Za-z_]\w*=.*"
)
_SETTING = re.compile(r"\s*(?:command|commands|args|entrypoint|ExecStart)\s*=\s*")
_QUOTES = "\"'[],"


def scan_text(source: str) -> list[Hit]:
    """Return line and old form for all that is old in lines for a shell, settings, requirements."""
    hits: list[Hit] = []
    lines = source.split("\n")
    for number, line in enumerate(lines, 1):
        code = line.lstrip("$> \t")  # prompts
        if "prefect" in code.lower() and not code.startswith(_COMMENT):
            hits += ((number, each) for each in dict.fromkeys(_old_in(code)))
            if _item(line)[1] == "prefect":
                hits += ((number, each) for each in old_commands(_items(lines[number - 1 :])))
    return hits


def _items(lines: Sequence[str]) -> list[str]:
    """Return the words of a command that stand one below the other: in YAML, or in a list."""
    indent = _item(lines[0])[0]
    return [word for line in lines[:4] for space, word in [_item(line)] if space == indent]


def _item(line: str) -> tuple[str, str]:
    found = _LIST_ITEM.match(line.rstrip())
    return (found[1], found[2].strip()) if found else ("", "")


def _old_in(code: str) -> Iterator[OldForm]:
    yield from old_commands(_words(code))
    yield from old_texts(code)
    for variable in VARIABLE.findall(code):
        yield from old_variables(variable)
    for module, names, plain in _IMPORT.findall(code):
        full = [f"{module}.{name.split()[0]}" for name in names.split(",") if name.strip()]
        found = [old_module(module or plain), *map(old_name, full)]
        yield from filter(None, found)
    yield from filter(None, map(old_name, _NAME.findall(code)))


def sure_commands(line: str) -> Iterator[OldForm]:
    """Return the rows for a command in a text that may be anything."""
    command = line.strip("$> \t")
    return old_commands(_words(command)) if _SURE.match(command) else iter(())


def old_commands(words: Sequence[str]) -> Iterator[OldForm]:
    """Return the rows for old commands among words, such as ``["prefect", "agent", "start"]``."""
    bare = [word.strip(_QUOTES) for word in words]
    for number, word in enumerate(bare):
        is_prefect = word == "prefect" or word.endswith(("/prefect", "\\prefect.exe"))
        before = bare[number - 1] if number else ""
        is_run = not before or _BEFORE_COMMAND.fullmatch(before) or _SHELL_OPTION.fullmatch(before)
        if not is_run:
            is_run = _LAUNCHER.match(" ".join([*bare[:number], ""]))
        if is_run and " " in word and before != "-m":  # such as bash -c "prefect ..."
            yield from old_commands(_words(word))
        if is_prefect and is_run:
            # The words up to the next operator of the shell, without options.
            command = takewhile(lambda word: not _OPERATOR.fullmatch(word), words[number + 1 :])
            names = [each.strip(_QUOTES) for each in command]
            names = [each for each in names if each and not each.startswith("-")]
            first, two = " ".join(names[:1]), " ".join(names[:2])
            with_value = (f"{two} {each}" for each in names[2:])
            commands = [first, two, *with_value]
            found = (removal_for("commands", each) for each in commands)
            removal = next(filter(None, found), None)
            if removal is not None:
                yield removal


def _words(line: str) -> list[str]:
    line = _SETTING.sub("", line, count=1)
    try:
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()")
        lexer.whitespace_split = True
        return list(lexer)
    except ValueError:  # an apostrophe in a comment, or a text over several lines
        return line.split()
