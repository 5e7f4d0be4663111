"""The paths that a model uses: `/memories` and Markdown files below it, only compared with the listing."""

import os

from memctl.errors import Refused

ROOT = "/memories"


def inside(path: str) -> str:
    """The path below `/memories`, "" for itself. It is only ever compared with the listing."""
    if path.rstrip("/") == ROOT:
        return ""
    if not path.startswith(ROOT + "/") or "//" in path or "\\" in path or "\0" in path:
        raise Refused(f"Path must start with {ROOT}, got: {path}", slug="outside")
    inner = path[len(ROOT) + 1 :].rstrip("/")
    if any(part in ("", ".", "..") for part in inner.split("/")):
        raise Refused(f"Path {path} would escape {ROOT} directory", slug="outside")
    return inner


def topic_file(path: str) -> str:
    """The topic file that a path of a write names. Raises Refused."""
    inner = inside(path)
    if inner == "":
        raise Refused(f"{path} is the memory directory itself", slug="outside")
    if not inner.endswith(".md"):
        better = f"{ROOT}/{os.path.splitext(inner)[0]}.md"
        raise Refused(f"Memories are Markdown files: use {better} instead of {path}", slug="name")
    return inner
