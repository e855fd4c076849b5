"""Which names the code of a cell gives a value to, and which it takes from elsewhere."""

from collections.abc import Iterator
from symtable import SymbolTable, symtable


def defined(source: str) -> set[str]:
    """Return the names that a cell defines for those after it: functions, modules, variables."""
    symbols = symtable(source, "cell", "exec").get_symbols()
    return {each.get_name() for each in symbols if each.is_assigned() or each.is_imported()}


def used(source: str) -> set[str]:
    """Return the names that a cell reads, also in its functions, where they aren't their own."""
    module = symtable(source, "cell", "exec")
    read = {each.get_name() for each in module.get_symbols() if each.is_referenced()}
    inner = (symbol for scope in _scopes_in(module) for symbol in scope.get_symbols())
    return read | {each.get_name() for each in inner if each.is_global() and each.is_referenced()}


def _scopes_in(scope: SymbolTable) -> Iterator[SymbolTable]:
    for child in scope.get_children():
        yield child
        yield from _scopes_in(child)
