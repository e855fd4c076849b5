"""Find code for old Prefect in Python, which is read as a syntax tree and never run.

Names are followed through imports, so that it doesn't matter what a file calls a thing, and that
a variable of the same name isn't taken for it.
"""

import ast
import re
import warnings
from collections import ChainMap
from collections.abc import Iterable
from itertools import pairwise

from course_lib.chapters.ch17.removals import (
    OldForm,
    old_module,
    old_name,
    old_texts,
    old_variables,
    removal_for,
)
from course_lib.chapters.ch17.text_lines import (
    VARIABLE,
    Hit,
    old_commands,
    scan_text,
    sure_commands,
)

_RUN_COMMANDS = ("subprocess.", "os.system", "os.popen", "os.exec", "asyncio.create_subprocess")
# Other ways to the same thing; what is on the left is written as what is on the right.
_ALIASES = {
    "prefect.flows.flow": "prefect.flow",
    "prefect.flows.Flow": "prefect.Flow",
    "prefect.tasks.task": "prefect.task",
    "prefect.tasks.Task": "prefect.Task",
}
_RETURNS = {  # what a call or a decorator returns
    "prefect.flow": "prefect.Flow()",
    "prefect.task": "prefect.Task()",
    "prefect.Flow().with_options": "prefect.Flow()",
    "prefect.Task().with_options": "prefect.Task()",
    "prefect.Flow.from_source": "prefect.Flow()",
    "prefect.Task().map": "prefect.Task().submit()[]",  # a list of such
    "str().format": "str()",
    "str().join": "str()",
}
_OF_TYPE = {  # what an argument or a value with such a hint is
    "prefect.Flow": "prefect.Flow()",
    "prefect.Task": "prefect.Task()",
    "prefect.futures.PrefectFuture": "prefect.Task().submit()",
}
_COMMAND = re.compile(r"(?i)(?:command|cmd|entrypoint|args)s?$")  # names of commands
_CALLED = "-> "  # before what a function of the module returns
_TO_AWAIT = "await "  # before what an async function returns once it is awaited
# In a flow, a function that is imported and has this method is a task.
_TASK_ELSEWHERE = re.compile(
    r"(?!(?:prefect|asyncio|concurrent)\b)\.?[\w.]*\.[a-z_]\w*\.(?:submit|map)"
)
# What a page means by names that it doesn't import.
_ON_PAGES = {
    **{name: f"prefect.{name}" for name in ("flow", "Flow", "task", "Task", "Parameter")},
    "Deployment.build_from_flow": "prefect.deployments.Deployment",
}
_IMPORT = re.compile(
    r"^[ \t]*((?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+(?:\([^()]*\)|[^\n(]+))", re.MULTILINE
)
_BEGINS_STATEMENT = re.compile(r"(?!else|elif|except|finally)[^\s)\]}#]")
_Names = ChainMap[str, str | None]
"""What names stand for, in full, from the innermost scope outwards; None: nothing of interest."""
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class PythonScanner(ast.NodeVisitor):
    """Reads one module from top to bottom, and bodies of functions after it, as they run."""

    def __init__(self) -> None:
        self.texts: list[tuple[int, str]] = []
        """Docstrings and the like of what was scanned last, each with the number of its line."""
        self.error: SyntaxError | ValueError | None = None
        """What Python says to what was scanned last, if that could be read in part only."""
        self._hits: set[Hit] = set()
        self._is_excerpt = False
        self._names: _Names = ChainMap()
        self._star_imports: list[str] = []
        self._bodies: list[tuple[_Function, _Names, bool]] = []
        self._guarded = False  # by a `try` that expects imports to fail
        self._unused: ast.expr | None = None  # whose value is a statement
        self._function: _Function | None = None  # whose body is read
        self._returned: dict[_Function, str] = {}
        self._in_flow = False  # in the body of a function that is one
        self._in_old_flow = False  # in a `with` block of Prefect 1

    def scan(self, source: str, *, is_excerpt: bool = False) -> list[Hit]:
        """Return what is found in a module, or in a cell that follows those scanned before.

        On an excerpt of a page, names that nobody imports are taken for Prefect's.
        """
        self._hits, self.texts, self._is_excerpt = set(), [], is_excerpt
        with warnings.catch_warnings(action="ignore"):  # of Python, about what it reads
            statements, self.error = _statements(source)
        known, stars = dict(self._names), [*self._star_imports]
        self._returned = {}
        self._visit_module(statements)
        if self._returned:  # once more, for those who call these functions
            self._hits, self.texts = set(), []
            self._names, self._star_imports = ChainMap(known), stars
            self._visit_module(statements)
        return sorted(self._hits, key=lambda hit: (hit[0], hit[1].id, hit[1].what))

    def _visit_module(self, statements: list[ast.stmt]) -> None:
        self._visit_all(statements)
        names_of_module = self._names
        while self._bodies:
            self._function, self._names, self._guarded = self._bodies.pop(0)
            decorators = map(self._resolve, self._function.decorator_list)
            self._in_flow = not {"prefect.flow", "prefect.Flow()"}.isdisjoint(decorators)
            self._visit_all(self._function.body)
        self._in_flow = False
        self._names, self._guarded, self._function = names_of_module, False, None

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _report(self, node: ast.stmt | ast.expr, removal: OldForm | None) -> bool:
        """Report a row, if there is one, and return whether there is."""
        if removal is not None and not self._guarded:
            self._hits.add((node.lineno, removal))
        return removal is not None

    # --- names ------------------------------------------------------------------------------

    def _resolve(self, node: ast.expr) -> str | None:
        """Return the full name of what an expression stands for, if that is known."""
        match node:
            case ast.Name(id=name):
                return self._names[name] if name in self._names else self._from_star(name)
            case ast.Constant(value=str()) | ast.JoinedStr():
                return "str()"
            case ast.BinOp(left=left):
                return self._resolve(left) if isinstance(left, ast.Constant) else None
            case ast.List(elts=[first, *_]) | ast.ListComp(elt=first):
                element = self._resolve(first)
                return element and f"{element}[]"
            case ast.Subscript(value=value):
                return _element(self._resolve(value))
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if (
                self._is_excerpt and name not in self._names and f"{name}.{attr}" in _ON_PAGES
            ):
                return _ON_PAGES[f"{name}.{attr}"]
            case ast.Attribute(value=ast.Name(id="self"), attr=attr) if (
                f"self.{attr}" in self._names
            ):
                return self._names[f"self.{attr}"]
            case ast.Attribute(value=value, attr=attr):
                owner = self._resolve(value)
                return owner and _ALIASES.get(f"{owner}.{attr}", f"{owner}.{attr}")
            case ast.Await(value=value):
                awaited = self._resolve(value)
                return awaited and awaited.removeprefix(_TO_AWAIT)
            case ast.Call(func=func, args=args):
                function = "super" if _is_super(node) else self._resolve(func)
                if function == "super":
                    return self._names.get("super()")
                if function == "importlib.import_module":
                    return _text(args[0]) if args else None
                if function and self._in_flow and _TASK_ELSEWHERE.fullmatch(function):
                    function = f"prefect.Task().{function.rpartition('.')[2]}"
                if function and function.startswith(_CALLED):
                    return function.removeprefix(_CALLED)
                if function and not function.startswith("os."):
                    return _RETURNS.get(function, f"{function}()")
        return None

    def _from_star(self, name: str) -> str | None:
        names = [f"{module}.{name}" for module in self._star_imports]
        removed = [full for full in names if old_name(full)]
        others = [full for full in names if full in _ALIASES or full == f"prefect.{name}"]
        assumed = [_ON_PAGES[name]] if self._is_excerpt and name in _ON_PAGES else []
        return next(iter(removed + others + assumed), None)

    def _assign(self, value: ast.expr, *targets: ast.expr) -> None:
        self.visit(value)
        is_old = old_name(self._resolve(value))
        for target in targets:
            self._visit_named(target.id if isinstance(target, ast.Name) else None, value)
            if is_old and isinstance(target, ast.Attribute):  # of a flow from elsewhere
                self._report(target, removal_for("stores", f"prefect.Flow().{target.attr}"))
        self._bind(self._resolve(value), *targets)

    def _bind(self, full: str | None, *targets: ast.expr) -> None:
        for target in targets:
            self.visit(target)
            match target:
                case ast.Name(id=name):
                    self._names[name] = full
                case ast.Attribute(value=ast.Name(id="self"), attr=attr):
                    self._names.parents[f"self.{attr}"] = full  # other methods know it, too

    # --- statements -------------------------------------------------------------------------

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._report(node, old_module(alias.name))
            top = alias.name.partition(".")[0]
            self._names[alias.asname or top] = alias.name if alias.asname else top

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        # A relative import isn't Prefect's.
        module = f".{node.module or ''}" if node.level else node.module
        is_old = self._report(node, old_module(module))
        for alias in node.names:
            full = module and f"{module}.{alias.name}"
            if alias.name == "*":
                self._star_imports += [module] if module and not node.level else []
                continue
            if not is_old:
                self._report(node, old_name(full))
            self._names[alias.asname or alias.name] = full and _ALIASES.get(full, full)

    def visit_FunctionDef(self, node: _Function) -> None:
        result = None
        for decorator in node.decorator_list:
            self.visit(decorator)
            full = self._resolve(decorator)
            returned = full if isinstance(decorator, ast.Call) else _RETURNS.get(full or "")
            if returned in _RETURNS.values():
                result = returned
        arguments = [each for each in ast.walk(node.args) if isinstance(each, ast.arg)]
        self._visit_all([*node.args.defaults, *filter(None, node.args.kw_defaults)])
        self._visit_all(filter(None, [*(each.annotation for each in arguments), node.returns]))
        returned = self._of_type(node.returns) or self._returned.get(node)
        if returned and not node.decorator_list:
            is_async = isinstance(node, ast.AsyncFunctionDef)
            result = f"{_CALLED}{_TO_AWAIT if is_async else ''}{returned}"
        self._names[node.name] = result
        names = _locals(node)
        names |= {each.arg: self._of_type(each.annotation) for each in arguments}
        self._bodies.append((node, self._names.new_child(names), self._guarded))

    def _of_type(self, annotation: ast.expr | None) -> str | None:
        return _OF_TYPE.get((annotation and self._resolve(annotation)) or "")

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Return(self, node: ast.Return) -> None:
        self.generic_visit(node)
        full = node.value and self._resolve(node.value)
        if self._function and full and full.startswith("prefect.") and full.endswith("()"):
            self._returned[self._function] = full

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all([*node.decorator_list, *node.bases])
        self._visit_all(keyword.value for keyword in node.keywords)
        bases = [_class(full) for base in node.bases if (full := self._resolve(base))]
        for base in bases:
            for member in node.body:
                if isinstance(member, ast.FunctionDef) and member.name == "run":
                    self._report(node, removal_for("bases", base))
                if isinstance(member, ast.ClassDef):
                    self._report(member, removal_for("inner", base, member.name))
        parent = bases[0] if bases else None  # a class of a class counts
        own = any(
            isinstance(each, ast.FunctionDef) and each.name == "__init__" for each in node.body
        )
        self._names[node.name] = f"{_CALLED}{parent}()" if parent and own else parent
        self._names = self._names.new_child({"super()": parent and f"{parent}()"})
        self._visit_all(node.body)
        self._names = self._names.parents

    def visit_Assign(self, node: ast.Assign) -> None:
        self._assign(node.value, *node.targets)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is not None:
            self._assign(node.value, node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._assign(node.value, node.target)

    def visit_With(self, node: ast.With) -> None:
        outside = self._in_old_flow
        self._visit_all(node.items)
        contexts = [self._resolve(item.context_expr) for item in node.items]
        self._in_old_flow |= "prefect.Flow()" in contexts
        self._visit_all(node.body)
        self._in_old_flow = outside

    def visit_withitem(self, node: ast.withitem) -> None:
        self._report(node.context_expr, removal_for("contexts", self._resolve(node.context_expr)))
        self._assign(node.context_expr, *([node.optional_vars] if node.optional_vars else []))

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self._bind(_element(self._resolve(node.iter)), node.target)
        self._visit_all([*node.body, *node.orelse])

    visit_AsyncFor = visit_For

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        kinds = [handler.type for handler in node.handlers if handler.type is not None]
        caught = [each for kind in kinds for each in ast.walk(kind) if isinstance(each, ast.Name)]
        outside = self._guarded
        # Whoever catches these knows that it may be missing; pydantic's begins with its name.
        if any(name.id.endswith(("ImportError", "ModuleNotFoundError")) for name in caught):
            self._guarded = True
        self._visit_all([*node.body, *node.handlers])
        self._guarded = outside
        self._visit_all([*node.orelse, *node.finalbody])

    visit_TryStar = visit_Try

    def visit_ExceptHandler(self, node: ast.ExceptHandler | ast.pattern) -> None:
        """Look at what may bind a name: to an exception, or to what a pattern matches."""
        if name := getattr(node, "rest" if isinstance(node, ast.MatchMapping) else "name"):
            self._names[name] = None
        self.generic_visit(node)

    visit_MatchAs = visit_MatchStar = visit_MatchMapping = visit_ExceptHandler

    def visit_Expr(self, node: ast.Expr) -> None:
        match node.value:
            case ast.Constant(value=str(text)):
                margin = rf"(?m)^ {{0,{node.col_offset}}}"
                self.texts.append((node.lineno, re.sub(margin, "", text)))
            case ast.ListComp(elt=unused) | unused:
                self._unused = unused
                self.visit(node.value)

    # --- expressions ------------------------------------------------------------------------

    def visit_Constant(self, node: ast.Constant) -> None:
        text = node.value
        if isinstance(text, str) and "prefect" in text.lower():
            found = old_texts(text, whole=True)
            if VARIABLE.fullmatch(text):
                found += old_variables(text)
            self._hits |= {(node.lineno, old) for old in found}

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            self._visit_named(_text(key) if key else None, value)
        self.generic_visit(node)

    def _visit_named(self, name: str | None, value: ast.expr) -> None:
        """Look at what is a command by its name, such as ``command=["prefect", ...]``."""
        if name and _COMMAND.search(name):
            words = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
            line = " ".join(_text(each) or "VALUE" for each in words)
            self._hits |= {(value.lineno, old) for old in sure_commands(line)}

    def visit_Await(self, node: ast.Await) -> None:
        self._report(node, removal_for("awaited", self._resolve(node.value)))
        self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._names[node.id] = None
        elif node.id not in self._names:
            self._report(node, old_name(self._from_star(node.id)))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        full = self._resolve(node)
        if isinstance(node.ctx, ast.Store):
            self._report(node, removal_for("stores", full))
            self.visit(node.value)
            return
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        import_is_reported = old_name(self._resolve(root))
        if import_is_reported or not self._report(node, old_name(full)):
            self.visit(node.value)

    def visit_Lambda(self, node: ast.expr) -> None:
        self._names = self._names.new_child(dict.fromkeys(_bound(node)))
        for each in getattr(node, "generators", []):
            self._bind(_element(self._resolve(each.iter)), each.target)
        self.generic_visit(node)
        self._names = self._names.parents

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_Lambda

    def visit_Call(self, node: ast.Call) -> None:
        function = (self._resolve(node.func) or "").removesuffix("().__init__")
        given = [keyword.arg for keyword in node.keywords]
        for name in given:
            self._report(node, removal_for("keywords", function, name))
            is_task = self._in_old_flow or (self._is_excerpt and name == "upstream_tasks")
            if is_task and not function.startswith("prefect."):  # a task from elsewhere
                self._report(node, removal_for("keywords", "prefect.Task()", name))
        if not {"fn", None}.intersection(given) and all(
            self._resolve(each) == "str()" for each in node.args
        ):
            self._report(node, removal_for("without_function", function))
        if node is not self._unused:
            self._report(node, removal_for("values", function))
        if function == "importlib.import_module":
            self._report(node, old_module(self._resolve(node)))
        if function.startswith(_RUN_COMMANDS) and node.args:
            self._visit_command(node)
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[each]):
                full = self._resolve(each)
                if full and name in self._names and not self._names[name]:
                    self._names[name] = f"{full}[]"
            case ast.Call(func=ast.Attribute(attr=method)):
                for keyword in given:
                    self._report(node, removal_for("keywords", f".{method}", keyword))
        match node:  # a test that replaces something
            case ast.Call(
                func=ast.Name(id="patch") | ast.Attribute(attr="patch" | "setattr"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                self._report(node, old_name(name))
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        self._visit_named(node.arg, node.value)
        parts = node.value.elts if isinstance(node.value, ast.List) else [node.value]
        for part in parts:
            self._report(part, removal_for("arguments", node.arg, self._resolve(part)))
        self.generic_visit(node)

    def _visit_command(self, call: ast.Call) -> None:
        """Look at a command that Python runs: one text, or a list of words."""
        first = call.args[0]
        match first:  # "...".split(), shlex.split("...")
            case ast.Call(func=ast.Attribute(value=ast.Constant() as text, attr="split")):
                line: ast.expr = text
            case ast.Call(args=[ast.Constant() | ast.JoinedStr() as text, *_]):
                line = text
            case _:
                line = first
        self._hits |= {(first.lineno, old) for _, old in scan_text(_text(line) or "")}
        words = first.elts if isinstance(first, ast.List | ast.Tuple) else call.args
        texts = [_text(each) or "-m" for each in words]
        where = first if words is not call.args else call
        self._hits |= {(where.lineno, old) for old in old_commands(texts)}


def _statements(source: str) -> tuple[list[ast.stmt], SyntaxError | ValueError | None]:
    """Return a module's statements; if it isn't Python, those that are, and what Python says."""
    try:
        return ast.parse(source).body, None
    except (SyntaxError, ValueError) as error:
        reason = error
    lines = source.split("\n")
    starts = [
        number
        for number, line in enumerate(lines)
        if _BEGINS_STATEMENT.match(line) and not (number and lines[number - 1].startswith("@"))
    ]
    statements = []
    for start, end in pairwise([*starts, len(lines)]):
        part = "\n".join(lines[start:end])
        found = _parsed(part, start)
        if found is None:
            imports = list(_IMPORT.finditer(part))
            firsts = [start + part.count("\n", 0, each.start(1)) for each in imports]
            parsed = (_parsed(each[1], first) for each, first in zip(imports, firsts, strict=True))
            found = [statement for each in parsed for statement in each or []]
        statements += found
    return statements, reason


def _parsed(part: str, lines_above: int) -> list[ast.stmt] | None:
    try:
        module = ast.parse(part)
    except (SyntaxError, ValueError):
        return None
    ast.increment_lineno(module, lines_above)
    return module.body


def _is_super(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "super"


def _class(full: str) -> str:
    """Return the class for one that is called to make an object."""
    return full.removeprefix(_CALLED).removesuffix("()") if full.startswith(_CALLED) else full


def _element(full: str | None) -> str | None:
    return full.removesuffix("[]") if full and full.endswith("[]") else None


def _text(node: ast.expr) -> str | None:
    """Return a literal text; what an f-string puts into it is a word."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_text(value) or "VALUE" for value in values)
    return None


def _bound(node: ast.AST) -> set[str]:
    """Return the names that are arguments in a node, or are assigned to."""
    inside = list(ast.walk(node))
    arguments = {each.arg for each in inside if isinstance(each, ast.arg)}
    names = [each for each in inside if isinstance(each, ast.Name)]
    return arguments | {name.id for name in names if isinstance(name.ctx, ast.Store)}


def _locals(function: _Function) -> dict[str, str | None]:
    """Return the names that are a function's own, none of them known yet."""
    names, outer = _bound(function.args), set[str]()
    queue: list[ast.AST] = [*function.body]
    while queue:
        node = queue.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
                continue  # what is in it isn't ours
            case ast.Name(id=name, ctx=ast.Store()) | ast.ExceptHandler(name=str() as name):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {alias.asname or alias.name.partition(".")[0] for alias in aliases}
            case ast.Global(names=given) | ast.Nonlocal(names=given):
                outer |= set(given)
        queue += ast.iter_child_nodes(node)
    return dict.fromkeys(names - outer)
