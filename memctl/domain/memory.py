"""A memory: one topic file, decoded. Values only; `format.topic` makes them from bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from memctl.domain import INDEX, TYPES, is_index, relation, stem

__all__ = ["DEFAULT_TYPE", "DESCRIPTION_MAX", "INDEX", "TYPES", "Memory", "is_index", "stem"]

DEFAULT_TYPE = "project"
"""The type of a memory saved without one: a fact about this project."""

DESCRIPTION_MAX = 150
"""Characters of a description, the length of a pointer line (docs/reference/formats.md)."""


@dataclass(frozen=True, slots=True)
class Memory:
    """One topic file as read. `file` is relative to the memory directory, with `/` between folders."""

    file: str
    raw: bytes
    name: str  # the header's name; the stem when it has none
    description: str
    type: str | None  # one of TYPES; None when missing or unknown
    body: str
    header: Mapping[str, Any] = field(default_factory=dict)  # every key as text, lists or mappings
    modified: float = 0.0  # seconds since the epoch: metadata.modified, else the file's mtime
    fingerprint: str = ""  # "sha256:" and the hex digest of the file's bytes
    warnings: tuple[str, ...] = ()  # one sentence each, for a damaged or odd file
    cut: bool = False  # whether `raw` is only the beginning of the file, which must not be rewritten from it

    @property
    def stem(self) -> str:
        """What a person types to name this memory."""
        return stem(self.file)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The `metadata` mapping of the header; empty when there is none."""
        value = self.header.get("metadata")
        return value if isinstance(value, Mapping) else {}

    @property
    def is_pinned(self) -> bool:
        """Whether the person wants it left as it is, and always at hand."""
        return relation.is_pinned(self.metadata)
