"""Find code for old Prefect in Python, which is read as a syntax tree and never run.

Names are followed through imports, so that it doesn't matter what a file calls a thing, and that
a variable of the same name isn't taken for it.
"""

import ast
from collections import ChainMap
from collections.abc import Iterable

from course_lib.chapters.ch17.removals import Removal, removal_for
from course_lib.chapters.ch17.shell_lines import Hit, old_commands, old_variables, scan_shell

_RUN_COMMANDS = ("subprocess.", "os.system", "os.popen", "os.exec", "asyncio.create_subprocess")
_ENVIRONMENT = ("os.environ", "os.getenv", "os.putenv")
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
}
_Names = ChainMap[str, str | None]
"""What names stand for, in full, from the innermost scope outwards; None: nothing of interest."""
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class PythonScanner(ast.NodeVisitor):
    """Reads one module from top to bottom, and bodies of functions after it, as they run."""

    def __init__(self) -> None:
        self._hits: set[Hit] = set()
        self._names: _Names = ChainMap()
        self._star_imports: list[str] = []
        self._bodies: list[tuple[_Function, _Names, bool]] = []
        self._guarded = False  # by a `try` that expects imports to fail
        self._unused: ast.expr | None = None  # whose value is a statement

    def scan(self, source: str) -> list[Hit]:
        """Return what is found in a module, or in a cell that follows those scanned before."""
        self._hits = set()
        self._visit_all(ast.parse(source).body)
        names_of_module = self._names
        while self._bodies:
            function, self._names, self._guarded = self._bodies.pop(0)
            self._visit_all(function.body)
        self._names, self._guarded = names_of_module, False
        return sorted(self._hits, key=lambda hit: (hit[0], hit[1].id))

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _report(self, node: ast.stmt | ast.expr, removal: Removal | None) -> bool:
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
            case ast.Attribute(value=value, attr=attr):
                owner = self._resolve(value)
                return owner and _ALIASES.get(f"{owner}.{attr}", f"{owner}.{attr}")
            case ast.Await(value=value):
                return self._resolve(value)
            case ast.Call(func=func, args=args):
                function = self._resolve(func)
                if function == "importlib.import_module":
                    return _text(args[0]) if args else None
                if function and not function.startswith("os."):
                    return _RETURNS.get(function, f"{function}()")
        return None

    def _from_star(self, name: str) -> str | None:
        names = [f"{module}.{name}" for module in self._star_imports]
        removed = [full for full in names if _removal_of(full)]
        others = [full for full in names if full in _ALIASES or full == f"prefect.{name}"]
        return next(iter(removed + others), None)

    def _assign(self, value: ast.expr, *targets: ast.expr) -> None:
        self.visit(value)
        full = self._resolve(value)
        for target in targets:
            self.visit(target)
            if isinstance(target, ast.Name):
                self._names[target.id] = full

    # --- statements -------------------------------------------------------------------------

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._report(node, _removal_of_module(alias.name))
            top = alias.name.partition(".")[0]
            self._names[alias.asname or top] = alias.name if alias.asname else top

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = None if node.level else node.module  # a relative import isn't Prefect's
        is_old = self._report(node, _removal_of_module(module))
        for alias in node.names:
            full = module and f"{module}.{alias.name}"
            if alias.name == "*":
                self._star_imports += [module] if module else []
                continue
            if not is_old:
                self._report(node, _removal_of(full))
            self._names[alias.asname or alias.name] = full and _ALIASES.get(full, full)

    def visit_FunctionDef(self, node: _Function) -> None:
        result = None
        for decorator in node.decorator_list:
            self.visit(decorator)
            full = self._resolve(decorator)
            returned = full if isinstance(decorator, ast.Call) else _RETURNS.get(full or "")
            if returned in _RETURNS.values():
                result = returned
        self._visit_all([*node.args.defaults, *filter(None, node.args.kw_defaults)])
        self._names[node.name] = result
        self._bodies.append((node, self._names.new_child(_locals(node)), self._guarded))

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all([*node.decorator_list, *node.bases])
        self._visit_all(keyword.value for keyword in node.keywords)
        bases = [full for base in node.bases if (full := self._resolve(base))]
        for base in bases:
            for member in node.body:
                if isinstance(member, ast.FunctionDef) and member.name == "run":
                    self._report(node, removal_for("bases", base))
                if isinstance(member, ast.ClassDef):
                    self._report(member, removal_for("inner", base, member.name))
        self._names[node.name] = bases[0] if bases else None  # a class of a class counts
        self._names = self._names.new_child()
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

    def visit_withitem(self, node: ast.withitem) -> None:
        self._assign(node.context_expr, *([node.optional_vars] if node.optional_vars else []))

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self._visit_all([node.iter, node.target, *node.body, *node.orelse])

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
        self._unused = node.value
        self.visit(node.value)

    # --- expressions ------------------------------------------------------------------------

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._names[node.id] = None
        elif node.id not in self._names:
            self._report(node, _removal_of(self._from_star(node.id)))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        full = self._resolve(node)
        if isinstance(node.ctx, ast.Store):
            self._report(node, removal_for("stores", full))
            self.visit(node.value)
            return
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        import_is_reported = _removal_of(self._resolve(root))
        if import_is_reported or not self._report(node, _removal_of(full)):
            self.visit(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if (self._resolve(node.value) or "").startswith(_ENVIRONMENT):
            self._visit_variable(node.slice)
        self.generic_visit(node)

    def visit_Lambda(self, node: ast.expr) -> None:
        self._names = self._names.new_child(dict.fromkeys(_bound(node)))
        self.generic_visit(node)
        self._names = self._names.parents

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_Lambda

    def visit_Call(self, node: ast.Call) -> None:
        function = self._resolve(node.func) or ""
        given = [keyword.arg for keyword in node.keywords]
        for name in given:
            self._report(node, removal_for("keywords", function, name))
        is_text = [isinstance(each, ast.JoinedStr) or _text(each) is not None for each in node.args]
        if "fn" not in given and all(is_text):
            self._report(node, removal_for("without_function", function))
        if node is not self._unused:
            self._report(node, removal_for("values", function))
        if function == "importlib.import_module":
            self._report(node, _removal_of_module(self._resolve(node)))
        if function.startswith(_RUN_COMMANDS) and node.args:
            self._visit_command(node)
        if function.startswith(_ENVIRONMENT) and node.args:
            self._visit_variable(node.args[0])
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        parts = node.value.elts if isinstance(node.value, ast.List) else [node.value]
        for part in parts:
            self._report(part, removal_for("arguments", node.arg, self._resolve(part)))
        self.generic_visit(node)

    def _visit_variable(self, name: ast.expr) -> None:
        self._hits |= {(name.lineno, removal) for removal in old_variables(_text(name) or "")}

    def _visit_command(self, call: ast.Call) -> None:
        """Look at a command that Python runs: one text, or a list of words."""
        first = call.args[0]
        self._hits |= {(first.lineno, removal) for _, removal in scan_shell(_text(first) or "")}
        words = first.elts if isinstance(first, ast.List | ast.Tuple) else call.args
        texts = [str(each.value) if isinstance(each, ast.Constant) else "-m" for each in words]
        self._hits |= {(call.lineno, removal) for removal in old_commands(texts)}


def _removal_of(full: str | None) -> Removal | None:
    """Return the row for a full name, or for the innermost module around it that has one."""
    removal = removal_for("names", full)
    while full and not removal:
        removal = removal_for("modules", full)
        full = full.rpartition(".")[0]
    return removal


def _removal_of_module(module: str | None) -> Removal | None:
    """Return the row for a module; it may also lie below one that has none any more."""
    removal = _removal_of(module)
    while module and not removal:
        module = module.rpartition(".")[0]
        removal = removal_for("modules", f"{module}.")
    return removal


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


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
