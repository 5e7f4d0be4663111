"""The part of YAML that the flat reader leaves: block scalars, lists, mappings and values of many lines.

Without tags, aliases or implicit types, and within caps on depth: a memory is no place for a bomb.
"""

import yaml
from frontmatter.default_handlers import YAMLHandler

NESTING_MAX = 24
"""Flow or indentation depth given to the YAML parser, which recurses in C."""


def parse(inner: str, warnings: list[str]) -> dict[str, object] | None:
    """The keys of the frontmatter `inner`; None (and a warning) when YAML cannot read it either."""
    trouble = _unsafe(inner)
    if trouble:
        warnings.append(trouble)
        return None
    try:
        loaded = YAMLHandler().load(inner, Loader=yaml.CBaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 2}: " if mark is not None else ""
        warnings.append(f"{line}frontmatter is not valid YAML; read as plain lines")
        return None
    if not isinstance(loaded, dict):
        warnings.append("frontmatter is not a list of keys")
        return None
    return {str(k): v for k, v in loaded.items()}


def _unsafe(inner: str) -> str:
    """Why `inner` is not given to the YAML parser, or ""."""
    depth = 0
    for number, line in enumerate(inner.split("\n"), 2):
        bare = line.lstrip(" \t-?")
        deep = len(line) - len(bare) > 2 * NESTING_MAX
        for mark in bare:
            depth += (mark in "[{") - (mark in "]}")
            deep = deep or depth > NESTING_MAX
        if deep:
            return f"line {number}: frontmatter is nested too deep; read as plain lines"
        value = bare[bare.find(":") + 1 :].strip() if ":" in bare else bare
        if value[:1] in ("&", "*", "!"):
            return f"line {number}: frontmatter uses a YAML anchor, alias or tag; read as plain lines"
    return ""
