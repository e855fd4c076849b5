"""Find code for old Prefect in Python, which is read as a syntax tree and never run.

Names are followed through imports, so that it doesn't matter what a file calls a thing, and that
a variable of the same name isn't taken for it.
"""

import ast
from collections.abc import Callable, Iterable, Sequence

from course_lib.chapters.ch17.old_commands import (
    Where,
    after_prefect,
    in_shell,
    of_command,
    of_variable,
)
from course_lib.chapters.ch17.removals import REMOVALS, Removal

_RUNS_COMMANDS = ("subprocess.", "os.system", "os.popen", "os.exec", "asyncio.create_subprocess")
_ENVIRONMENT = ("os.environ", "os.getenv", "os.putenv")
# Other ways to the same thing; what is on the left is written as what is on the right.
_SAME = {
    "prefect.flows.flow": "prefect.flow",
    "prefect.flows.Flow": "prefect.Flow",
    "prefect.tasks.task": "prefect.task",
    "prefect.tasks.Task": "prefect.Task",
}
_GIVES = {  # what a call or a decorator gives
    "prefect.flow": "prefect.Flow()",
    "prefect.task": "prefect.Task()",
    "prefect.Flow().with_options": "prefect.Flow()",
    "prefect.Task().with_options": "prefect.Task()",
    "prefect.Flow.from_source": "prefect.Flow()",
}


def in_python(source: str) -> list[Where]:
    """Give line and row of the table for each old thing in a piece of Python."""
    return PythonReader().read(source)


_Scope = dict[str, str | None]  # what a name stands for; None: something else


class PythonReader:
    """Reads one module from top to bottom, and bodies of functions after it, as they run."""

    def __init__(self) -> None:
        self._found: set[Where] = set()
        self._scopes: list[_Scope] = [{}]
        self._stars: list[str] = []
        self._later: list[Callable[[], None]] = []
        self._guarded = 0

    def read(self, source: str) -> list[Where]:
        """Give what is found in a module, or in a cell that follows those read before."""
        self._found = set()
        self._block(ast.parse(source).body)
        while self._later:
            self._later.pop(0)()
        return sorted(self._found, key=lambda each: (each[0], each[1].id))

    # names

    def _resolve(self, node: ast.AST) -> str | None:
        """Give the full name of what an expression stands for, if that is known."""
        match node:
            case ast.Name(id=name):
                for scope in reversed(self._scopes):
                    if name in scope:
                        return scope[name]
                return next(
                    (full for star in self._stars if self._rows(full := f"{star}.{name}")), None
                ) or next(
                    (
                        f"{s}.{name}"
                        for s in self._stars
                        if _SAME.get(f"{s}.{name}") or s == "prefect"
                    ),
                    None,
                )
            case ast.Attribute(value=value, attr=attr):
                base = self._resolve(value)
                return None if base is None else _SAME.get(f"{base}.{attr}", f"{base}.{attr}")
            case ast.Call(func=func):
                base = self._resolve(func)
                if base in ("importlib.import_module", "__import__") and node.args:
                    match node.args[0]:
                        case ast.Constant(value=str() as module):
                            return module
                    return None
                if base is None or base.startswith("os."):
                    return None
                return _GIVES.get(base, f"{base}()")
            case ast.Await(value=value):
                return self._resolve(value)
        return None

    def _bind(self, target: ast.AST, full: str | None) -> None:
        match target:
            case ast.Name(id=name):
                self._scopes[-1][name] = full
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._bind(part, None)
            case ast.Starred(value=value):
                self._bind(value, None)
            case ast.Attribute(value=value, attr=attr):
                if base := self._resolve(value):
                    self._report_if(target, lambda row: f"{base}.{attr}" in row.stores)
                self._expression(value)
            case _:
                self._expression(target)

    # findings

    def _report_if(self, node: ast.AST, fits: Callable[[Removal], bool]) -> bool:
        for removal in REMOVALS:
            if fits(removal):
                if not self._guarded:
                    self._found.add((node.lineno, removal))  # type: ignore[attr-defined]
                return True
        return False

    def _rows(self, full: str) -> list[Removal]:
        """Give the rows that a full name falls under, the closest first."""
        rows = [removal for removal in REMOVALS if full in removal.names]
        near = [
            (len(module), removal)
            for removal in REMOVALS
            for module in removal.modules
            if not module.endswith(".") and (full == module or full.startswith(f"{module}."))
        ]
        return rows + [row for _, row in sorted(near, key=lambda each: -each[0])]

    def _report_name(self, node: ast.AST, full: str) -> bool:
        rows = self._rows(full)
        if rows and not self._guarded:
            self._found.add((node.lineno, rows[0]))  # type: ignore[attr-defined]
        return bool(rows)

    def _report_module(self, node: ast.AST, module: str) -> bool:
        """Report a module that is imported, also one below a module that is none any more."""
        if self._report_name(node, module):
            return True
        return self._report_if(
            node,
            lambda row: any(m.endswith(".") and module.startswith(m) for m in row.modules),
        )

    # statements

    def _block(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Import(names=names):
                for alias in names:
                    self._report_module(node, alias.name)
                    bound = alias.name if alias.asname else alias.name.partition(".")[0]
                    self._scopes[-1][alias.asname or bound] = bound
            case ast.ImportFrom(module=module, names=names, level=level):
                self._import_from(node, None if level else module, names)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node)
            case ast.ClassDef():
                self._class(node)
            case ast.Assign(targets=targets, value=value):
                self._expression(value)
                full = self._resolve(value)
                for target in targets:
                    self._bind(target, full)
            case ast.AnnAssign(target=target, value=value, annotation=annotation):
                self._expression(annotation)
                if value is not None:
                    self._expression(value)
                    self._bind(target, self._resolve(value))
            case ast.Expr(value=ast.Call() as call):
                self._call(call, used=False)
            case ast.For() | ast.AsyncFor():
                self._expression(node.iter)
                self._bind(node.target, None)
                self._block([*node.body, *node.orelse])
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self._expression(item.context_expr)
                    if item.optional_vars is not None:
                        full = self._resolve(item.context_expr)
                        self._bind(item.optional_vars, full)
                self._block(node.body)
            case ast.Try():
                self._try(node)
            case ast.If() | ast.While():
                self._expression(node.test)
                self._block([*node.body, *node.orelse])
            case ast.Match():
                self._expression(node.subject)
                for case in node.cases:
                    for name in _captured(case.pattern):
                        self._scopes[-1][name] = None
                    if case.guard is not None:
                        self._expression(case.guard)
                    self._block(case.body)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._expression(child)

    def _import_from(self, node: ast.stmt, module: str | None, names: Sequence[ast.alias]) -> None:
        whole = module is not None and self._report_module(node, module)
        for alias in names:
            if alias.name == "*":
                self._stars += [module] if module else []
                continue
            full = None if module is None else f"{module}.{alias.name}"
            if full is not None and not whole:
                self._report_name(node, full)
            self._scopes[-1][alias.asname or alias.name] = full and _SAME.get(full, full)

    def _try(self, node: ast.Try) -> None:
        caught = [
            name.id
            for handler in node.handlers
            for name in ast.walk(handler.type or ast.Constant(None))
            if isinstance(name, ast.Name)
        ]
        # Whoever catches these knows that it may be missing; pydantic's begins with its name.
        guarded = any(name.endswith(("ImportError", "ModuleNotFoundError")) for name in caught)
        self._guarded += guarded
        self._block(node.body)
        for handler in node.handlers:
            if handler.name:
                self._scopes[-1][handler.name] = None
            self._block(handler.body)
        self._guarded -= guarded
        self._block([*node.orelse, *node.finalbody])

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        gives = None
        for decorator in node.decorator_list:
            self._expression(decorator)
            full = self._resolve(decorator)
            if isinstance(decorator, ast.Call):
                gives = full if full in _GIVES.values() else gives
            elif full in _GIVES:
                gives = _GIVES[full]
        for default in [*node.args.defaults, *node.args.kw_defaults]:
            if default is not None:
                self._expression(default)
        self._scopes[-1][node.name] = gives
        scopes = [*self._scopes, _locals(node)]
        guarded = self._guarded

        def body() -> None:
            self._scopes, kept = scopes, self._scopes
            self._guarded = guarded
            self._block(node.body)
            self._scopes, self._guarded = kept, 0

        self._later.append(body)

    def _class(self, node: ast.ClassDef) -> None:
        for part in [*node.decorator_list, *node.bases, *(each.value for each in node.keywords)]:
            self._expression(part)
        bases = [full for base in node.bases if (full := self._resolve(base))]
        members = {each.name: each for each in node.body if isinstance(each, ast.ClassDef)}
        for base in bases:
            if any(isinstance(each, ast.FunctionDef) and each.name == "run" for each in node.body):
                self._report_if(node, lambda row, base=base: base in row.bases)  # type: ignore[misc]
            for removal in REMOVALS:
                if (inner := members.get(removal.inner.get(base, ""))) is not None:
                    self._report_if(inner, lambda row, removal=removal: row is removal)  # type: ignore[misc]
        self._scopes[-1][node.name] = bases[0] if bases else None  # a class of a class counts
        self._scopes.append({})
        self._block(node.body)
        self._scopes.pop()

    # expressions

    def _expression(self, node: ast.AST) -> None:
        match node:
            case ast.Call():
                self._call(node, used=True)
            case ast.Attribute():
                full = self._resolve(node)
                known = self._rows(self._resolve(_root(node)) or "")  # so its import was reported
                if known or full is None or not self._report_name(node, full):
                    self._expression(node.value)
            case ast.Subscript(value=value, slice=index):
                if (self._resolve(value) or "").startswith(_ENVIRONMENT):
                    self._environment(index)
                self._expression(value)
                self._expression(index)
            case ast.NamedExpr(target=target, value=value):
                self._expression(value)
                self._bind(target, self._resolve(value))
            case (
                ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp()
            ):
                self._scopes.append(dict.fromkeys(_stored(node)))
                for child in ast.iter_child_nodes(node):
                    self._expression(child)
                self._scopes.pop()
            case ast.Name(id=name) if self._stars and not any(name in s for s in self._scopes):
                if full := self._resolve(node):
                    self._report_name(node, full)
            case _:
                for child in ast.iter_child_nodes(node):
                    self._expression(child)

    def _call(self, node: ast.Call, used: bool) -> None:
        full = self._resolve(node.func)
        if full is not None:
            given = {keyword.arg for keyword in node.keywords}
            self._report_if(node, lambda row: bool(given & {*row.keywords.get(full, ())}))
            named = "fn" not in given and all(map(_is_text, node.args))
            self._report_if(node, lambda row: named and full in row.without_function)
            self._report_if(node, lambda row: used and full in row.values)
            if full.startswith(_RUNS_COMMANDS):
                self._runs(node)
            if full.startswith(_ENVIRONMENT) and node.args:
                self._environment(node.args[0])
            if full == "importlib.import_module" and (module := self._resolve(node)):
                self._report_module(node, module)
        for keyword in node.keywords:
            self._argument(keyword)
        for child in ast.iter_child_nodes(node):
            self._expression(child)

    def _argument(self, keyword: ast.keyword) -> None:
        parts = keyword.value.elts if isinstance(keyword.value, ast.List) else [keyword.value]
        for part in parts:
            given = self._resolve(part)
            self._report_if(part, lambda row: given in row.arguments.get(keyword.arg or "", ()))  # noqa: B023

    def _environment(self, node: ast.AST) -> None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for removal in of_variable(node.value):
                self._found.add((node.lineno, removal))

    def _runs(self, node: ast.Call) -> None:
        """Look at a command that Python runs: one text, or a list of words."""
        for part in node.args[:1]:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                self._found |= {(part.lineno, removal) for _, removal in in_shell(part.value)}
            words = part.elts if isinstance(part, ast.List | ast.Tuple) else node.args
            texts = [str(each.value) if isinstance(each, ast.Constant) else "-m" for each in words]
            for command in after_prefect(texts):
                self._found |= {(node.lineno, removal) for removal in of_command(command)}


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _stored(node: ast.AST) -> set[str]:
    """Give the names that an expression with a scope of its own binds."""
    names = {
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }
    return names | {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}


def _captured(pattern: ast.pattern) -> set[str]:
    return {
        name
        for each in ast.walk(pattern)
        for name in (getattr(each, "name", None), getattr(each, "rest", None))
        if isinstance(name, str)
    }


def _locals(node: ast.FunctionDef | ast.AsyncFunctionDef) -> _Scope:
    """Give the names that are a function's own, each standing for nothing yet."""
    names = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
    outer: set[str] = set()
    queue: list[ast.AST] = list(node.body)
    while queue:
        each = queue.pop()
        match each:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                names.add(name)
                continue
            case ast.Lambda():
                continue
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {a.asname or a.name.partition(".")[0] for a in aliases}
            case ast.ExceptHandler(name=str() as name):
                names.add(name)
            case ast.Global(names=given) | ast.Nonlocal(names=given):
                outer |= set(given)
        queue += ast.iter_child_nodes(each)
    return dict.fromkeys(names - outer)
