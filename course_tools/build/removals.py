"""List anew the names that Prefect has lost: ``make removals`` writes the scan's gone.toml.

Old releases come from the package registry. What they had is read from their source, and whether
it is still there is tried with the Prefect that is installed.
"""

import ast
import importlib
import importlib.util
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import distributions, version
from pathlib import Path
from textwrap import wrap
from types import ModuleType

from course_lib import paths
from course_lib.chapters.ch17.removals import GONE_FILE

# The last of each generation, and some before that still had what a later one of it dropped.
RELEASES = {
    "0": ["prefect<1"],  # old code
    "1": ["prefect>=1,<2"],  # old code
    "2": ["prefect>=2,<2.9", "prefect>=2,<2.15", "prefect>=2,<3"],  # old code
    "3.0": ["prefect>=3,<3.1"],
}
_HEADER = """\
# Made by `make removals`; don't edit. Names that Prefect {now} has not, by release and module.
# A module without names is gone as a whole. Advice stands in removals.toml. Compared were
# {then}.
"""


def main() -> None:
    """Write gone.toml for the Prefect that is installed."""
    releases: dict[tuple[str, str], list[str]] = {}
    versions = []
    for release, requirements in RELEASES.items():
        had: dict[str, set[str]] = {}
        for requirement in requirements:
            print(f"Reading {requirement} ...", flush=True)
            with tempfile.TemporaryDirectory() as folder:
                _download(requirement, folder)
                versions += [each.version for each in distributions(path=[folder])]
                for module, names in public_names(Path(folder)).items():
                    had.setdefault(module, set()).update(names)
        for module, missing in gone(had).items():
            for name in missing or [""]:
                releases.setdefault((module, name), []).append(release)
    header = _HEADER.format(then=", ".join(versions), now=version("prefect"))
    GONE_FILE.write_text(header + _tables(releases), encoding="utf-8")
    print(f"written: {GONE_FILE.relative_to(paths.ROOT)}")


def _download(requirement: str, folder: str) -> None:
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", folder]
    # A wheel is only unpacked: nothing of it runs.
    subprocess.run([*command, "--no-deps", "--only-binary", ":all:", requirement], check=True)


def public_names(folder: Path) -> dict[str, set[str]]:
    """Return the names in each public module of the Prefect that lies in a folder."""
    modules = {}
    for file in folder.glob("prefect/**/*.py"):
        parts = file.relative_to(folder).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if not any(part.startswith("_") or part == "migrations" for part in parts):
            names = _bound(ast.parse(file.read_bytes()).body)
            public = {name for name in names if name.isidentifier() and name[0] != "_"}
            modules[".".join(parts)] = public
    return modules


def _bound(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Yield the names that a module defines, or takes from other modules of Prefect."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=names)):
                yield from (str(each.value) for each in names if isinstance(each, ast.Constant))
            case ast.Assign(targets=targets):
                yield from (each.id for each in targets if isinstance(each, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                yield name
            case ast.ImportFrom(module=module, level=level, names=names):
                if level or (module or "").partition(".")[0] == "prefect":
                    yield from (each.asname or each.name for each in names)
            case ast.If(test=test, body=inner, orelse=otherwise):
                if "TYPE_CHECKING" not in ast.unparse(test):  # never run
                    yield from _bound(inner)
                yield from _bound(otherwise)
            case ast.Try(body=inner, handlers=handlers):
                yield from _bound(inner)
                yield from (name for each in handlers for name in _bound(each.body))


def gone(modules: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """Return the names that aren't there any more, by module; none for a module that is gone.

    What can't be tried, since it needs a package that isn't installed, counts as there.
    """
    found: dict[str, list[str]] = {}
    for name in sorted(modules):
        if any(name.startswith(f"{each}.") for each, names in found.items() if not names):
            continue
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            parent, _, last = name.rpartition(".")
            is_gone = (error.name or "").partition(".")[0] == "prefect"
            if is_gone and not hasattr(sys.modules.get(parent), last):
                found[name] = []
            continue
        if missing := sorted(each for each in modules[name] if not _has(module, each)):
            found[name] = missing
    return found


def _has(module: ModuleType, name: str) -> bool:
    try:
        with warnings.catch_warnings(action="ignore"):
            getattr(module, name)
    except (AttributeError, ImportError):  # the second is Prefect's own, for what it removed
        is_package = hasattr(module, "__path__")
        return is_package and importlib.util.find_spec(f"{module.__name__}.{name}") is not None
    return True


def _tables(releases: Mapping[tuple[str, str], Sequence[str]]) -> str:
    tables: dict[str, dict[str, list[str]]] = {}
    for (module, name), had in sorted(releases.items()):
        title = " and ".join(filter(None, [", ".join(had[:-1]), had[-1]]))
        tables.setdefault(title, {}).setdefault(module, []).extend([name] if name else [])
    lines = []
    for title, modules in sorted(tables.items()):
        lines += ["", f'["{title}"]']
        for module, names in modules.items():
            quoted = ", ".join(f'"{name}"' for name in names)
            rows = wrap(quoted, 100, initial_indent="    ", subsequent_indent="    ")
            lines += [f'"{module}" = [', *rows, "]"] if names else [f'"{module}" = []']
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
