"""What Prefect no longer has: a table, each row with an example of then and one of now.

The rows stand in removals.toml. The tests run every row: `old` must still get `answer`, and
`today` must still work. Where Prefect changed a second time, they turn red.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, eq=False)  # so that rows can be in a set
class Removal:
    """One thing that old code does and today's Prefect doesn't.

    The last fields are what a scan looks for. Names are written in full, such as
    ``prefect.deployments.Deployment``, whatever the code calls them; parentheses stand for what a
    call or a decorator returns: ``prefect.Flow().run`` is the method `run` of any flow.
    """

    id: str
    what: str
    worked_in: str
    old: str
    """A small example, in the words of the shop; for commands a line for the shell."""
    answer: str
    """What today's Prefect says to it: the error, the warning, or what it prints."""
    instead: str
    """The form of today in a few words."""
    today: str
    """The example in the form of today."""
    effect: Literal["refuses", "warns", "is silent"] = "refuses"
    names: tuple[str, ...] = ()
    """Found where they are imported, or reached as an attribute."""
    modules: tuple[str, ...] = ()
    """The same for all that is in a module; with a dot at the end for modules below it alone."""
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Functions, each with arguments that it doesn't take any more."""
    arguments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Arguments for which something else is wanted now, each with what was passed then."""
    without_function: tuple[str, ...] = ()
    """Calls that were given a name, and want a function now."""
    bases: tuple[str, ...] = ()
    """Classes from which another with a method `run` was derived."""
    inner: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Classes from which another was derived, each with names of classes inside of that one."""
    values: tuple[str, ...] = ()
    """Calls whose value was used, and which return nothing now."""
    stores: tuple[str, ...] = ()
    """Attributes that were set, and that nothing reads now."""
    commands: tuple[str, ...] = ()
    """What stood behind ``prefect`` in a shell."""
    variables: tuple[str, ...] = ()
    """How the names of environment variables began."""


def _read(file: Path) -> tuple[Removal, ...]:
    rows = tomllib.loads(file.read_text(encoding="utf-8"))["removal"]
    return tuple(Removal(**_with_tuples(row)) for row in rows)


def _with_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_tuples(each) for key, each in value.items()}
    return tuple(value) if isinstance(value, list) else value


def entries(removal: Removal) -> Iterator[tuple[str, ...]]:
    """Yield what a scan looks for: ``("names", "prefect.case")``, and so on."""
    for kind in ("names", "modules", "without_function", "bases", "values", "stores", "commands"):
        yield from ((kind, each) for each in getattr(removal, kind))
    for kind in ("keywords", "arguments", "inner"):
        for key, values in getattr(removal, kind).items():
            yield from ((kind, key, each) for each in values)


REMOVALS = _read(Path(__file__).with_name("removals.toml"))
_BY_ENTRY: dict[tuple[str | None, ...], Removal] = {
    entry: removal for removal in REMOVALS for entry in entries(removal)
}


def removal_for(*entry: str | None) -> Removal | None:
    """Return the row with such an entry: ``removal_for("keywords", "prefect.flow", "tags")``."""
    return _BY_ENTRY.get(entry)
