"""What a check found: shared by the guard, the index check and the doctor."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `message` never repeats a secret's value."""

    id: str  # the check's id, e.g. "secret.github-pat", "name.reserved", "index.orphan"
    severity: str  # "error" refuses a write; "warning" and "note" are shown
    message: str
    file: str | None = None
    line: int | None = None  # 1-based
    repair: str | None = None  # what to do, as a sentence or a command
