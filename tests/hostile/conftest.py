"""Running the real command on hostile input, many times a second."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.checks import changed, complaints, snapshot
from tests.kit.cli import Memctl, Result
from tests.kit.warm import Warm

FULL = bool(os.environ.get("MEMCTL_FULL"))

LOOKING: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...] = (
    (("search", "lantern"), (0,)),
    (("recall", "lantern light left", "--selector", "lexical"), (0,)),
    (("why", "lantern light left", "--selector", "lexical"), (0,)),
    (("index", "--check"), (0, 1)),
    (("context", "--for", "lantern light left", "--selector", "lexical"), (0,)),
    (("stats",), (0,)),
    (("doctor",), (0, 1)),
    (("log",), (0,)),
    (("diff",), (0,)),
)
"""Verbs that only look, and the codes that they may end with. MEMCTL_FULL=1 runs each as text and as JSON."""


class Place:
    """One memory directory with a home of its own, and what was wrong with the commands run on it."""

    def __init__(self, base: Path, warm: Warm | None = None) -> None:
        self.base = base
        self.directory = base / "memory"
        self.directory.mkdir(mode=0o700)
        self.work = base / "work"
        self.work.mkdir()
        self.home = base / "home"
        self.home.mkdir(mode=0o700)
        kept = {k: os.environ[k] for k in ("PATH", "TMPDIR") if k in os.environ}
        self.env = {**kept, "HOME": str(self.home), "LANG": "C.UTF-8", "MEMCTL_DIR": str(self.directory)}
        self.bad: list[str] = []
        self._memctl = Memctl(self.work, env=self.env, alone=True, warm=warm)

    def __call__(
        self, *arguments: str, codes: Sequence[int] = (0,), raw: bool = False, **options: Any
    ) -> Result:
        """Run one command and note what is wrong with it. `options` are those of `Memctl.run`."""
        done = self._memctl.run(arguments, **options)
        self.bad += [f"{' '.join(arguments)!r}: {c}" for c in complaints(done, tuple(codes), raw=raw)]
        return done

    def looking(self, *names: str) -> Result:
        """Run every verb that only looks, on `names` where it takes one; returns `list --json`."""
        before = snapshot(self.directory)
        listed = self("list", "--json")
        self("list")
        for name in names:
            for how in ((), ("--json",)):
                self("show", *how, "--", name)
            self("show", "--raw", "--", name, raw=True)
            self("path", "--", name)
        for number, (arguments, codes) in enumerate(LOOKING):
            # text and JSON say the same of the same; between them the verbs meet both
            for how in ((), ("--json",)) if FULL else (((), ("--json",))[number % 2],):
                self(*arguments, *how, codes=codes)
        self("recall", "lantern", "--selector", "lexical", "--format", "markdown")
        self("recall", "lantern", "--selector", "lexical", "-0", raw=True)
        self("context", "--receipt")
        self.bad += [
            f"a verb that looks changed {what}" for what in changed(before, snapshot(self.directory))
        ]
        return listed

    def settle(self) -> None:
        """Fail with everything that was wrong."""
        assert not self.bad, "\n".join(self.bad[:20])


@pytest.fixture
def place(warm: Warm, tmp_path: Path) -> Iterator[Place]:
    """An empty place; at the end of the test nothing may have been wrong with any command."""
    made = Place(tmp_path, warm)
    yield made
    made.settle()
