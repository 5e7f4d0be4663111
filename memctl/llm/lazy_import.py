"""Import a package without what its `__init__` files re-export: each name is imported when it is asked for.

The `__init__` of a generated SDK imports every type of every endpoint, over a thousand modules; one request
needs a quarter of them, and the rest is half the time of the import.

A lazy package knows from its `__init__` source where each name comes from. Whatever is not that plain (a name
that it does not list, `__all__`, an import that fails) has the real `__init__` executed after all: what an
ordinary import would find is found, only later.
"""

import re
import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any

_REEXPORT = re.compile(r"^[ \t]*from \.([\w.]*) import (?:\(([^)]*)\)|([^(\n]+))$", re.MULTILINE)
_COMMENT = re.compile("#.*")


def install(package: str) -> None:
    """Have `package` and the packages below it imported lazily from now on."""
    sys.meta_path.insert(0, _Finder(package))


def remove(package: str) -> None:
    """Undo `install`, and forget every module of `package`, so that the next import is an ordinary one."""
    sys.meta_path[:] = [f for f in sys.meta_path if not (isinstance(f, _Finder) and f.package == package)]
    for name in [n for n in sys.modules if n == package or n.startswith(package + ".")]:
        del sys.modules[name]


class _Finder:
    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """As `importlib` asks each finder: the spec of `name`, with a lazy loader where it is a package below
        this one; None for every other module."""
        if name != self.package and not name.startswith(self.package + "."):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.submodule_search_locations is None:
            return spec
        if isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    """Loads the `__init__` of a package by its re-exports."""

    def exec_module(self, module: ModuleType) -> None:
        """Give `module` a `__getattr__` (PEP 562) in place of its own code, or run that where a submodule has
        the name of a re-export."""
        sources = _sources(self.get_data(self.path).decode("utf-8", "replace"))
        if any(name == source.split(".")[0] for name, (source, _) in sources.items()):
            # the submodule of that name would hide what the package means by it
            super().exec_module(module)
            return

        def execute() -> None:
            """Run the real `__init__` after all; from then on `module` is an ordinary package."""
            module.__dict__.pop("__getattr__", None)
            super(_Loader, self).exec_module(module)

        def find(name: str) -> Any:
            """What `module.NAME` is: a re-export, a submodule, or what the real `__init__` makes. Raises
            AttributeError."""
            if name in sources:
                source, original = sources[name]
                try:
                    if source:
                        value = getattr(import_module(f"{module.__name__}.{source}"), original)
                    else:
                        value = import_module(f"{module.__name__}.{original}")
                except (ImportError, AttributeError):
                    execute()
                    return getattr(module, name)
                setattr(module, name, value)
                return value
            if name.startswith("__") and name != "__all__":
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            if not name.startswith("__"):
                # `from package import submodule` asks for the attribute first
                try:
                    return import_module(f"{module.__name__}.{name}")
                except ModuleNotFoundError as error:
                    if error.name != f"{module.__name__}.{name}":
                        raise
            execute()
            return getattr(module, name)

        module.__dict__["__getattr__"] = find


def _sources(text: str) -> dict[str, tuple[str, str]]:
    """Each re-exported name: the submodule that it comes from, and what it is called there."""
    found = {}
    for source, several, one in _REEXPORT.findall(text):
        for part in _COMMENT.sub("", several or one).split(","):
            words = part.split()
            if words and words[0].isidentifier():
                found[words[-1]] = (source, words[0])
    return found
