"""Which modules of memctl import a given one, read from the source without running it."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent.parent / "memctl"


@functools.cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


def importers(wanted: str) -> set[str]:
    """The dotted names of the modules that import `wanted` in any form, also inside functions.

    What stands under `if TYPE_CHECKING:` imports nothing when the program runs, so it does not count.
    """
    found = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        package = name if is_package else name.rpartition(".")[0]
        tree = _parsed(path)
        if name != wanted and any(
            n == wanted or n.startswith(wanted + ".") for n in _imported(tree, package)
        ):
            found.add(name)
    return found


def users(attribute: str, folder: str) -> set[str]:
    """The dotted names of the modules below `folder` of the package that use an attribute of this name."""
    return {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for path in (PACKAGE / folder).rglob("*.py")
        for node in ast.walk(_parsed(path))
        if isinstance(node, ast.Attribute) and node.attr == attribute
    }


def callers(name: str, keyword: str = "") -> set[str]:
    """The dotted names of the modules that call something called `name`, or pass `keyword` to any call."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(_parsed(path)):
            if isinstance(node, ast.Call) and (
                (name and _named(node.func) == name)
                or (keyword and keyword in {k.arg for k in node.keywords})
            ):
                found.add(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
    return found


def _imported(node: ast.AST, package: str) -> Iterator[str]:
    """Every name that may be a module: of `from a import b` both `a` and `a.b`."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        module = ".".join([*above, *([node.module] if node.module else [])])
        yield module
        yield from (f"{module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and _named(node.func) in ("import_module", "__import__"):
        yield from (a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))
    if isinstance(node, ast.If) and _named(node.test) == "TYPE_CHECKING":
        children: Iterator[ast.AST] = iter(node.orelse)
    else:
        children = ast.iter_child_nodes(node)
    for child in children:
        yield from _imported(child, package)


def _named(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
