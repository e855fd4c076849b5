"""What course_lib says to people, gathered from its source: texts that are to be translated.

A text with something to fill in is a template, as `str.format` takes it: ``{name} is missing``.
Braces that stand for themselves are doubled in each of them.
"""

import ast
import calendar
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from itertools import chain, product
from string import Formatter
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from course_lib import paths
from course_lib.front_matter import cell_texts, chapters
from course_lib.language import catalogues
from course_lib.language.choice import Language

_LIB = paths.ROOT / "course_lib"
# Modules that say nothing, though they hold words: Prefect's, old code's, a table's headings.
_SILENT = {
    "app.hub_page",
    "chapters.ch06.dripping",
    "chapters.ch13.record_tables",
    "chapters.ch17.pieces",
    "chapters.ch17.python_code",
    "chapters.ch17.text_lines",
    "display.style",
    "display.tables",
    "server.internals",
    "shop.responses",
    "table",
}
# Calls and arguments that take no text for people: those of Python, SQLite, Matplotlib, Prefect.
_CALLS = {
    "compile", "endswith", "execute", "executemany", "fullmatch", "partition", "removeprefix",
    "removesuffix", "replace", "require_kind", "rpartition", "search", "split", "startswith",
    "strftime", "sub", "write_text",
}  # fmt: skip
_ARGUMENTS = {"alias", "connectionstyle", "loc", "name", "place", "style", "target", "textcoords"}
_CODE = re.compile(
    r"^<|</?\w+[ >]|\b(SELECT|WHERE|DELETE|UPDATE|subprocess|var|aria)\b|\dpx\b|\bdef \w+\(|[\w-]+: [\w.#-]+;"
    r"|\w = [\[{\"]|^\s*(from|import) |%[a-zA-Z(]|\\w"
)
# What no rule tells from a text for people: names, what scripts say, and what checks look for.
_NO_MESSAGES = {
    "30000 numbers",
    "6 products in south",
    "Bearer {token}",
    "Mon Skipped; Tue Completed; Wed Completed; Thu Crashed, then Completed; Fri Failed; Sat Completed; Sun Completed",
    "Mon 02:30, Tue 02:30, Wed 02:30, Thu 02:30, Fri 02:30, Sat 02:30, Sun 02:30",
    "Timeout of",
    "a heartbeat",
    "at {times}",
    "axes fraction",
    "check of a work pool",
    "check {hex}",
    "compared with {upload} and Monday's",
    "different event loop",
    "exit code {code}",
    "for {split}",
    "in between",
    "its child",
    "killed by {signal}",
    "no such shop: {name}",
    "offset points",
    "one without a parent",
    "outside {place}",
    "product {value}",
    "pull {shop}",
    "pull {{shop}}",
    "shop {value}",
    "some products are unknown",
    "south.csv; echo gone > oops",
    "the script",
    "the script.py",
    "token {about}",
    "upper left",
    "written in",
    "written in {place}",
    "written outside",
    "{crates} crates for {shop}",
    "{begin} to {end} {words}",
    "all {words}",
    "{shop} at attempt {attempts}",
    "{shop} without {flawed} flawed",
    "{shop} {stored} of {good}",
    "{note}{children}time.sleep(1.2)\nraise SystemExit({code})",
    '{{"error": "%(message)s"}}',
}
# Words for people that stand alone: of a single word no rule tells that.
_ALONE = """
    Dashboard: Today active another argument before begins both came commands dashboard data: day default done
    elsewhere ends environment event expected failed first limit log masked measured missing never
    no none noticed nothing open other parameters paused possible predicted recorded refused retries
    right running second seconds seen server since skipped so solved start stored taken there third
    tried unknown usually version waiting well work worker workers yes
"""
_HAN = re.compile(r"[\u3400-\u9fff]")  # said in Chinese already
_SMALL_WORD = re.compile(r"\b(a|an|and|in|it|no|mostly|of|on|one|or|the|to)\b")
_CHOICE = re.compile(r"[\w ]*[a-z][\w ]*")  # others are code
_SAME_DATA = re.compile(r"\.same_data\(\s*\"(\w+)\"")
_MOST_VARIANTS = 8
_HEADER = """\
# What course_lib and the `course` command say, in Chinese: see course_lib/language/messages.py.
# `course notebooks --documents` brings it up to date."""


# What others say in the course's name, and marks between pieces of a text.
_OF_OTHERS = {
    "argparse": [
        "argument {argument}: {problem}",
        "error:",
        "expected one argument",
        "options",
        "positional arguments",
        "show program's version number and exit",
        "show this help message and exit",
        "the following arguments are required: {arguments}",
        "unrecognized arguments: {arguments}",
        "usage:",
    ],
    "calendar": [*calendar.day_name, *calendar.month_name[1:]]
    + [f"{{day}} {month}" for month in calendar.month_name[1:]],
    # What is put together of pieces.
    "chapters.ch01.exercises": ["the log holds nothing of the task's own"],
    "chapters.ch03.exercises": [
        "{name} answers {fault}",
        "{name} doesn't answer",
        "{name} sold nothing",
    ],
    "chapters.ch05.exercises": ["a task without a flow"],
    "chapters.ch07.schedule_picture": [
        "{begin} at {hour}:{minute}",
        "{begin} to {end} at {hour}:{minute}",
        "{begin} to {end} {times} times a day",
        "{begin} {times} times a day",
    ],
    "chapters.ch08.run_processes": [
        "{role} begins",
        "{role} begins and ends",
        "{role} ends",
        "{role} goes on",
    ],
    "chapters.ch09.settings_picture": ["{field} from {winner}"],
    "chapters.ch10.exercises": [
        "75 each time {count}",
        "75 twice {count}",
        "a higher code {count}",
        "a lower code {count}",
    ],
    "chapters.ch16.costs": ["compute", "wait"],
    "chapters.ch16.exercises": ["4 to 8", "{number} products"],
    "chapters.ch18.week_picture": [
        "{shop} failed",
        "{shop} nothing stored",
        "{shop} skipped",
        "{shop} {stored} attempt {attempts}",
    ],
    "exercises.checks": ["a {name}"],
    "marks": ["(", ")", ",", ".", ":", ";", "{first}, then {second}"],
}


def messages() -> dict[str, list[str]]:
    """Return each text and where it stands, in the order of these places."""
    found: dict[str, set[str]] = defaultdict(set)
    for place, text in chain(
        _of_exercises(), _of_code(), _of_chapters(), _of_tables(), _of_others()
    ):
        if re.search(r"[^\W\d_]|^\W+$", re.sub(r"\{\w*\}", "", text)):
            found[text].add(place.replace(" ", "/"))
    places = {text: sorted(where) for text, where in found.items()}
    return dict(sorted(places.items(), key=lambda item: (item[1][0], item[0])))


def catalogue(language: Language) -> bytes:
    """Return the catalogue of these texts, with what is translated; changed ones are fuzzy."""
    file = catalogues.file(language, catalogues.MESSAGES)
    fixed = datetime(2026, 1, 1, tzinfo=UTC)
    known = Catalog(language)
    if file.exists():
        with file.open("rb") as stream:
            known = read_po(stream, language)
    new = Catalog(language, creation_date=fixed)
    for text, places in messages().items():
        new.add(text, locations=[(place, 0) for place in places])
    known.update(new, update_creation_date=False)
    known.header_comment, known.revision_date, known.creation_date = _HEADER, fixed, fixed
    known.project, known.version, known.fuzzy = "prefect-course", "1", False
    known.obsolete.clear()
    target = BytesIO()
    write_po(target, known, width=0, include_lineno=False)
    return re.sub(
        rb'"(Generated-By|Last-Translator|Report-Msgid|Language-Team).*\n', b"", target.getvalue()
    )


def _of_exercises() -> Iterator[tuple[str, str]]:
    for file in sorted(_LIB.glob("chapters/ch*/exercises.toml")):
        begun = _SAME_DATA.findall(file.with_suffix(".py").read_text(encoding="utf-8"))
        for id, exercise in _toml(str(file)).items():
            for key in ("title", "hints"):
                texts = exercise.get(key, [])
                for text in [texts] if isinstance(texts, str) else texts:
                    yield f"{id} {key}", _literal(text)
            for key, point in exercise.get("points", {}).items():
                for part, text in point.items():
                    yield f"{id} {key} {part}", _template(Formatter().parse(text))
                if (
                    key in begun and "expected" in point
                ):  # where the data is right, the point says this
                    words = point["expected"].partition(",")[0]
                    yield f"{id} {key} seen", _template(Formatter().parse(words))


def _of_others() -> Iterator[tuple[str, str]]:
    for place, texts in _OF_OTHERS.items():
        yield from ((place, text) for text in texts)


def _of_tables() -> Iterator[tuple[str, str]]:
    """Yield what stands in the files that chapters 15, 17 and 19 show."""
    for exercise, faults in _toml("chapters/ch15/planted.toml").items():
        yield from ((f"{exercise} planted", _literal(name)) for name in faults)
    removals = _toml("chapters/ch17/removals.toml")
    for row in [*removals["removal"], *removals["text"]]:
        for key in ("what", "worked_in", "instead"):
            if _SMALL_WORD.search(row[key]):  # others are code
                yield "ch17 removals", _literal(row[key])
    for setting in _toml("server/settings.toml")["setting"]:
        for key in ("here", "why", "at_work"):
            if key in setting:
                yield setting["name"], _literal(setting[key])


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((_LIB / name).read_text(encoding="utf-8"))


def _of_chapters() -> Iterator[tuple[str, str]]:
    for chapter in chapters(paths.SOLUTIONS):
        yield chapter.name, _literal(chapter.title)
        yield chapter.name, _literal(chapter.can)
        for code in cell_texts(chapter.path).values():
            if "course.play(" in code:
                yield from ((chapter.name, text) for text in _of_controls(code))


def _of_controls(code: str) -> Iterator[str]:
    """Yield what the controls of a cell are called, and what can be chosen."""
    tree = ast.parse(code)
    named = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "course.play":
            for keyword in node.keywords:
                yield str(keyword.arg).replace("_", " ")
                for part in ast.walk(keyword.value):
                    whole = named.get(part.id) if isinstance(part, ast.Name) else part
                    for each in whole.keys if isinstance(whole, ast.Dict) else [whole]:
                        if isinstance(each, ast.Constant) and _CHOICE.fullmatch(str(each.value)):
                            yield str(each.value)


def _of_code() -> Iterator[tuple[str, str]]:
    for file in sorted([*_LIB.rglob("*.py"), *paths.ROOT.glob("course_tools/*/commands.py")]):
        module = ".".join(file.relative_to(paths.ROOT).with_suffix("").parts)
        module = module.removeprefix("course_lib.")
        if module not in _SILENT:
            finder = _Finder()
            finder.visit(ast.parse(file.read_text(encoding="utf-8")))
            yield from ((module, text) for text in finder.found)


class _Finder(ast.NodeVisitor):
    """Finds the texts in a module that somebody may read."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value and "TypeAlias" not in ast.unparse(node.annotation):
            self.visit(node.value)

    def visit_arg(self, node: ast.arg) -> None:
        """Leave out annotations."""

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in [*node.args.defaults, *filter(None, node.args.kw_defaults), *node.body]:
            self.visit(part)
        for decorator in node.decorator_list:
            self.visit(decorator)

    visit_FunctionDef = visit_AsyncFunctionDef = _visit_function  # noqa: N815

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        if not isinstance(node.slice, ast.Constant) and "Literal" not in ast.unparse(node.value):
            self.visit(node.slice)

    def visit_Compare(self, node: ast.Compare) -> None:
        for part in (node.left, *node.comparators):
            if not isinstance(part, ast.Constant):
                self.visit(part)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg not in _ARGUMENTS:
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        self.visit(node.func)
        for part in node.args:
            if name not in _CALLS or not isinstance(part, ast.Constant | ast.JoinedStr):
                self.visit(part)
        for keyword in node.keywords:
            self.visit(keyword)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._add([_literal(node.value)])

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._add(_templates(node))
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def _add(self, texts: Sequence[str]) -> None:
        self.found += [
            text for text in (each.strip(" ,;\n") for each in texts) if _is_for_people(text)
        ]


def _is_for_people(text: str) -> bool:
    if text in _ALONE.split():
        return True
    words = re.findall(r"[^\W\d_]+", re.sub(r"\{\w*\}", "", text))
    enough = len(words) > 1 or ("{" in text and any(len(word) > 1 for word in words))
    shown = " " in text and not _CODE.search(text) and not _HAN.search(text)
    return enough and shown and text not in _NO_MESSAGES


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
        case ast.FormattedValue(value=ast.IfExp() as choice):
            sides = [choice.body, choice.orelse]
            texts = [side.value for side in sides if isinstance(side, ast.Constant)]
            return list(map(str, texts)) if len(texts) == len(sides) else [choice]
        case ast.FormattedValue(value=value):
            return [value]
    return [node]


def _name(node: ast.expr) -> str:
    """Name a field after the last name in the expression that fills it."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Subscript(value=inner) | ast.BinOp(left=inner) | ast.BoolOp(values=[inner, *_]):
            return _name(inner)
        case ast.Call(args=[inner, *_]) | ast.IfExp(body=inner):
            return _name(inner)
        case ast.Call(func=inner):
            return _name(inner)
    return "value"
