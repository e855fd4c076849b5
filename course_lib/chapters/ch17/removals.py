"""What Prefect no longer has: a table, each row with an example of then and one of now.

The rows stand in removals.toml. The tests run every row: `old` must still get `answer`, and
`today` must still work. Where Prefect changed a second time, they turn red. What has no row there
is in gone.toml, which `make removals` writes: the names that the last Prefect 1 and 2 had, and
today's has not.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, eq=False)  # so that rows can be in a set
class OldForm:
    """Something that old code does and today's Prefect doesn't, and what to do instead."""

    id: str
    what: str
    worked_in: str
    instead: str  # the form of today in a few words


@dataclass(frozen=True, eq=False)
class OldText(OldForm):
    """One that isn't code: the version of Prefect in a requirement, or in the name of an image."""

    pattern: str  # a regular expression


@dataclass(frozen=True, eq=False)
class Removal(OldForm):
    """One that can be run, with examples.

    The last fields are what a scan looks for. Names are written in full,
    whatever the code calls them; parentheses stand for what a
    call or a decorator returns: ``prefect.Flow().run`` is the method `run` of any flow.
    """

    old: str  # a small example, in the words of the shop; for commands a line for the shell
    answer: str  # what today's Prefect says to it: the error, the warning, or what it prints
    today: str  # the example in the form of today
    effect: Literal["refuses", "warns", "is silent"] = "refuses"
    # Names that are imported, or reached as an attribute.
    names: Sequence[str] = ()
    # The same for all that is in a module; with a dot at the end for modules below it alone.
    modules: Sequence[str] = ()
    # Functions, each with arguments that it doesn't take any more; `.result` is any method so named.
    keywords: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # Arguments for which something else is wanted now, each with what was passed then.
    arguments: Mapping[str, Sequence[str]] = field(default_factory=dict)
    without_function: Sequence[str] = ()  # calls that were given a name, and want a function now
    bases: Sequence[str] = ()  # classes from which another with a method `run` was derived
    # Classes from which another was derived, each with names of classes inside of that one.
    inner: Mapping[str, Sequence[str]] = field(default_factory=dict)
    contexts: Sequence[str] = ()  # what stood behind `with`
    awaited: Sequence[str] = ()  # what stood behind `await`
    values: Sequence[str] = ()  # calls whose value was used, and which return nothing now
    stores: Sequence[str] = ()  # attributes that were set, and that nothing reads now
    commands: Sequence[str] = ()  # what stood behind `prefect` in a shell
    variables: Sequence[str] = ()  # how the names of environment variables began


_KINDS = (
    "names",
    "modules",
    "without_function",
    "bases",
    "contexts",
    "awaited",
    "values",
    "stores",
    "commands",
)


def entries(removal: Removal) -> Iterator[tuple[str, ...]]:
    """Yield what a scan looks for: ``("names", "prefect.case")``, and so on."""
    for kind in _KINDS:
        yield from ((kind, each) for each in getattr(removal, kind))
    for kind in ("keywords", "arguments", "inner"):
        for key, values in getattr(removal, kind).items():
            yield from ((kind, key, each) for each in values)


_NO_ADVICE = "removed, and nothing took over its name; see Prefect's upgrade guide"
_NO_SETTING = "no setting of today's Prefect, which ignores it"
GONE_FILE = Path(__file__).with_name("gone.toml")
_FILE = Path(__file__).with_name("removals.toml")
_TABLE = tomllib.loads(_FILE.read_text("utf-8"))
REMOVALS = tuple(Removal(**row) for row in _TABLE["removal"])
OLD_TEXTS = tuple(OldText(**row) for row in _TABLE["text"])
_BY_ENTRY: dict[tuple[str | None, ...], Removal] = {
    entry: removal for removal in REMOVALS for entry in entries(removal)
}
_PREFIXES = [(tuple(removal.variables), removal) for removal in REMOVALS if removal.variables]
_PATTERNS = [(re.compile(text.pattern), text) for text in OLD_TEXTS]


def removal_for(*entry: str | None) -> Removal | None:
    """Return the row with such an entry: ``removal_for("keywords", "prefect.flow", "tags")``."""
    return _BY_ENTRY.get(entry)


@cache
def old_name(full: str | None) -> OldForm | None:
    """Return the old form for a full name, or for what is gone around it."""
    return _row(full) or _gone_around(full)


@cache
def old_module(module: str | None) -> OldForm | None:
    """Return the old form for a module; it may also lie below one that has none any more."""
    below = (removal_for("modules", f"{each}.") for each in _outwards(module)[1:])
    return _row(module) or next(filter(None, below), None) or _gone_around(module)


def _row(full: str | None) -> Removal | None:
    kinds = ("names", "modules")
    rows = (removal_for(kind, each) for each in _outwards(full) for kind in kinds)
    return next(filter(None, rows), None)


def _gone_around(full: str | None) -> OldForm | None:
    return next(filter(None, map(_gone, _outwards(full))), None)


def _outwards(full: str | None) -> list[str]:
    """Return a name and what is around it: ``["prefect.engine.state", "prefect.engine", ...]``."""
    parts = (full or "").split(".")
    return [".".join(parts[:end]) for end in range(len(parts), 0, -1)]


def old_variables(name: str) -> list[OldForm]:
    """Return the old forms for an environment variable."""
    rows: list[OldForm] = [row for prefixes, row in _PREFIXES if name.startswith(prefixes)]
    gone = _gone(f"prefect.settings.{name}", _NO_SETTING)
    return rows or ([gone] if gone else [])


def old_texts(text: str, *, whole: bool = False) -> list[OldForm]:
    """Return the old forms for versions in a text: anywhere in it, or where it is `whole` one."""
    return [
        row
        for pattern, row in _PATTERNS
        if (pattern.match(text.strip()) if whole else pattern.search(text))
    ]


@cache
def gone_names() -> dict[str, str]:
    """Return the full name of all that is in gone.toml, and which Prefect had it."""
    return {
        full: f"Prefect {release}"
        for release, modules in tomllib.loads(GONE_FILE.read_text("utf-8")).items()
        for module, names in modules.items()
        for full in [f"{module}.{name}" for name in names] or [module]
    }


@cache
def _gone(full: str, instead: str = _NO_ADVICE) -> OldForm | None:
    release = gone_names().get(full)
    return OldForm("gone", full, release, instead) if release else None
