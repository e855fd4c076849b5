"""What course_lib says to people, gathered from its source: texts that are to be translated.

A text with something to fill in is a template, as `str.format` takes it: ``{name} is missing``.
Braces that stand for themselves are doubled in each of them. What no rule tells of a text in code
stands in messages.toml.
"""

import ast
import calendar
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, product
from pathlib import Path
from string import Formatter
from typing import Any

from course_lib import paths
from course_lib.front_matter import cell_texts, chapters

_LIB = paths.ROOT / "course_lib"
_KNOWN = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_FIELD = re.compile(r"\{\w*\}")
_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(
    r"^<|</?\w+[ >]|\b(SELECT|WHERE|DELETE|UPDATE|subprocess|var|aria)\b|\dpx\b|\bdef \w+\("
    r"|[\w-]+: [\w.#-]+;|\w = [\[{\"]|^\s*(from|import) |%[a-zA-Z(]|\\w"
)
_HAN = re.compile(r"[\u3400-\u9fff]")  # said in Chinese already
_SMALL_WORD = re.compile(r"\b(a|an|and|in|it|mostly|no|of|on|one|or|the|to)\b")
_CHOICE = re.compile(r"[\w ]*[a-z][\w ]*")
_SAME_DATA = re.compile(r"\.same_data\(\s*\"(\w+)\"")
_MOST_VARIANTS = 8


def messages() -> dict[str, list[str]]:
    """Return each text and where it stands, in the order of these places."""
    found: dict[str, set[str]] = defaultdict(set)
    for place, text in chain(_of_exercises(), _of_code(), _of_chapters(), _of_tables(), _others()):
        if _WORD.search(_FIELD.sub("", text)) or text in _KNOWN["others"]["marks"]:
            found[text].add(place.replace(" ", "/"))
    places = {text: sorted(where) for text, where in found.items()}
    return dict(sorted(places.items(), key=lambda item: (item[1][0], item[0])))


def _of_exercises() -> Iterator[tuple[str, str]]:
    for file in sorted(_LIB.glob("chapters/ch*/exercises.toml")):
        same_data = _SAME_DATA.findall(file.with_suffix(".py").read_text(encoding="utf-8"))
        for id, exercise in _toml(file).items():
            for text in exercise.get("hints", ()):
                yield f"{id} hints", _literal(text)
            if "title" in exercise:
                yield f"{id} title", _literal(exercise["title"])
            for key, point in exercise.get("points", {}).items():
                for part, text in point.items():
                    yield f"{id} {key} {part}", _template(Formatter().parse(text))
                if key in same_data and "expected" in point:  # what it says of right data
                    words = point["expected"].partition(",")[0]
                    yield f"{id} {key} seen", _template(Formatter().parse(words))


def _of_tables() -> Iterator[tuple[str, str]]:
    """Yield what stands in the files that chapters 15, 17 and 19 show."""
    for exercise, faults in _toml(_LIB / "chapters/ch15/planted.toml").items():
        yield from ((f"{exercise} planted", _literal(name)) for name in faults)
    removals = _toml(_LIB / "chapters/ch17/removals.toml")
    for row in [*removals["removal"], *removals["text"]]:
        for key in ("what", "worked_in", "instead"):
            if _SMALL_WORD.search(row[key]):  # others are code
                yield "ch17 removals", _literal(row[key])
    for setting in _toml(_LIB / "server/settings.toml")["setting"]:
        for key in {"here", "why", "at_work"} & set(setting):
            yield setting["name"], _literal(setting[key])


def _of_chapters() -> Iterator[tuple[str, str]]:
    """Yield titles of chapters, and what their controls are called."""
    for chapter in chapters(paths.SOLUTIONS):
        yield chapter.name, _literal(chapter.title)
        for code in cell_texts(chapter.path).values():
            if "course.play(" in code:
                yield from ((chapter.name, text) for text in _of_controls(ast.parse(code)))


def _of_controls(cell: ast.Module) -> Iterator[str]:
    """Yield the names of a cell's controls, and what can be chosen if that isn't code."""
    named = {
        target.id: node.value
        for node in cell.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in ast.walk(cell):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "course.play":
            for keyword in call.keywords:
                yield str(keyword.arg).replace("_", " ")
                for part in ast.walk(keyword.value):
                    whole = named.get(part.id) if isinstance(part, ast.Name) else part
                    for each in whole.keys if isinstance(whole, ast.Dict) else [whole]:
                        if isinstance(each, ast.Constant) and _CHOICE.fullmatch(str(each.value)):
                            yield str(each.value)


def _others() -> Iterator[tuple[str, str]]:
    days, months = calendar.day_name, calendar.month_name[1:]
    short = calendar.day_abbr
    starting = (f"{day} {{what}}" for day in short)
    for text in (*days, *short, *starting, *months, *(f"{{day}} {month}" for month in months)):
        yield "calendar", text
    for place, texts in _KNOWN["others"].items():
        yield from ((place, text) for text in texts)


def _of_code() -> Iterator[tuple[str, str]]:
    for file in sorted([*_LIB.rglob("*.py"), *paths.ROOT.glob("course_tools/*/commands.py")]):
        module = ".".join(file.relative_to(paths.ROOT).with_suffix("").parts)
        module = module.removeprefix("course_lib.")
        if module not in _KNOWN["silent"]:
            finder = _Finder()
            finder.visit(ast.parse(file.read_text(encoding="utf-8")))
            yield from ((module, text) for text in finder.found if _is_for_people(text))


def _is_for_people(text: str) -> bool:
    words = _WORD.findall(_FIELD.sub("", text))
    # In one with something to fill in, a word is enough, if it has two letters.
    enough = len(words) > 1 or ("{" in text and len("".join(words)) > 1)
    is_told = enough and " " in text and not _CODE.search(text) and not _HAN.search(text)
    return text in _KNOWN["words"] or (is_told and text not in _KNOWN["no_messages"])


class _Finder(ast.NodeVisitor):
    """Finds the texts in a module that aren't docstrings, annotations, keys and the like."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def visit_Constant(self, node: ast.Constant) -> None:
        """Take a text without its blanks, and without marks that separate it from others."""
        if isinstance(node.value, str):
            self.found.append(_literal(node.value).strip(" ,;\n"))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Take an f-string as templates, and the texts in what it fills in."""
        self.found += [text.strip(" ,;\n") for text in _templates(node)]
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def visit_Expr(self, node: ast.Expr) -> None:
        """Leave out docstrings."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        """Leave out annotations."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Leave out annotations, and names of types."""
        if node.value and ast.unparse(node.annotation) != "TypeAlias":
            self.visit(node.value)

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        node.returns = None
        self.generic_visit(node)

    visit_FunctionDef = visit_AsyncFunctionDef = _visit_function  # noqa: N815

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Leave out keys, and the values of a type."""
        self.visit(node.value)
        if not isinstance(node.slice, ast.Constant) and "Literal" not in ast.unparse(node.value):
            self.visit(node.slice)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Leave out what something is compared with."""
        for part in (node.left, *node.comparators):
            if not isinstance(part, ast.Constant):
                self.visit(part)

    def visit_keyword(self, node: ast.keyword) -> None:
        """Leave out arguments that are no text for people."""
        if node.arg not in _KNOWN["arguments"]:
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        """Leave out what is given to functions that take no text for people."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        for part in (node.func, *node.args, *node.keywords):
            if name not in _KNOWN["functions"] or not isinstance(
                part, ast.Constant | ast.JoinedStr
            ):
                self.visit(part)


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _template(parts: Iterable[tuple[str, str | None, Any, Any]]) -> str:
    """Write parts of a format as a template in which each field has a name of its own."""
    names: Counter[str] = Counter()
    text = ""
    for literal, name, *_ in parts:
        text += _literal(literal)
        if name is not None:
            name = re.sub(r"\W", "_", name)
            names[name] += 1
            text += f"{{{name}{names[name] if names[name] > 1 else ''}}}"
    return text


def _templates(node: ast.JoinedStr) -> list[str]:
    """Return an f-string as templates, one for each choice that it makes between constants."""
    chosen = list(product(*map(_variants, node.values)))
    if len(chosen) > _MOST_VARIANTS:
        return []
    return [
        _template(
            (part, None, 0, 0) if isinstance(part, str) else ("", _name(part), 0, 0)
            for part in parts
        )
        for parts in chosen
    ]


def _variants(node: ast.expr) -> list[str | ast.expr]:
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.FormattedValue(
            value=ast.IfExp(body=ast.Constant(value=one), orelse=ast.Constant(value=other))
        ):
            return [str(one), str(other)]
        case ast.FormattedValue(value=value):
            return [value]
    return [node]


def _name(node: ast.expr) -> str:
    """Name a field after the last name in the expression that fills it."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case (
            ast.Subscript(value=inner)
            | ast.BinOp(left=inner)
            | ast.BoolOp(values=[inner, *_])
            | ast.Call(args=[inner, *_])
            | ast.Call(func=inner)
            | ast.IfExp(body=inner)
        ):
            return _name(inner)
    return "value"


def _toml(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))
