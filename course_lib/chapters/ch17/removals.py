"""What Prefect no longer has: a table, each row with an example of then and one of now.

The rows stand in removals.toml. The tests run every row: `old` must still get `answer`, and
`today` must still work. Where Prefect changed a second time, they turn red.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


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
    old: str  # a small example, in the words of the shop; for commands a line for the shell
    answer: str  # what today's Prefect says to it: the error, the warning, or what it prints
    instead: str  # the form of today in a few words
    today: str  # the example in the form of today
    effect: Literal["refuses", "warns", "is silent"] = "refuses"
    # Names that are imported, or reached as an attribute.
    names: Sequence[str] = ()
    # The same for all that is in a module; with a dot at the end for modules below it alone.
    modules: Sequence[str] = ()
    # Functions, each with arguments that it doesn't take any more.
    keywords: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # Arguments for which something else is wanted now, each with what was passed then.
    arguments: Mapping[str, Sequence[str]] = field(default_factory=dict)
    without_function: Sequence[str] = ()  # calls that were given a name, and want a function now
    bases: Sequence[str] = ()  # classes from which another with a method `run` was derived
    # Classes from which another was derived, each with names of classes inside of that one.
    inner: Mapping[str, Sequence[str]] = field(default_factory=dict)
    values: Sequence[str] = ()  # calls whose value was used, and which return nothing now
    stores: Sequence[str] = ()  # attributes that were set, and that nothing reads now
    commands: Sequence[str] = ()  # what stood behind `prefect` in a shell
    variables: Sequence[str] = ()  # how the names of environment variables began


def entries(removal: Removal) -> Iterator[tuple[str, ...]]:
    """Yield what a scan looks for: ``("names", "prefect.case")``, and so on."""
    for kind in ("names", "modules", "without_function", "bases", "values", "stores", "commands"):
        yield from ((kind, each) for each in getattr(removal, kind))
    for kind in ("keywords", "arguments", "inner"):
        for key, values in getattr(removal, kind).items():
            yield from ((kind, key, each) for each in values)


_FILE = Path(__file__).with_name("removals.toml")
REMOVALS = tuple(Removal(**row) for row in tomllib.loads(_FILE.read_text("utf-8"))["removal"])
_BY_ENTRY: dict[tuple[str | None, ...], Removal] = {
    entry: removal for removal in REMOVALS for entry in entries(removal)
}


def removal_for(*entry: str | None) -> Removal | None:
    """Return the row with such an entry: ``removal_for("keywords", "prefect.flow", "tags")``."""
    return _BY_ENTRY.get(entry)
