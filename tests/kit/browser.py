"""A real headless browser, driven through its own pipe: what a page shows, asks for and complains about.

Any Chromium will do; the DevTools protocol over `--remote-debugging-pipe` needs no library.
"""

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = (
    "chromium-headless-shell",
    "chrome-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)


def installed() -> str | None:
    """The path of a browser that can be driven; None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@dataclass
class Seen:
    """What one page showed: its visible text, every address that it asked for, what its console said, its
    background, and how many pixels its narrowest cell is wide."""

    text: str
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    background: str = ""
    narrowest: int = 0


class Browser:
    """The program at `path`, running until the end of the `with` block."""

    def __init__(self, path: str) -> None:
        self._home = tempfile.mkdtemp(prefix="browser-")
        ours, theirs = os.pipe(), os.pipe()
        self._to, self._from = ours[1], os.fdopen(theirs[0], "rb", buffering=0)
        self._count, self._rest = 0, b""
        self._events: list[dict[str, Any]] = []

        def arrange() -> None:
            inward, outward = os.dup(ours[0]), os.dup(theirs[1])
            os.dup2(inward, 3)
            os.dup2(outward, 4)

        self._process = subprocess.Popen(
            [path, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             "--remote-debugging-pipe", f"--user-data-dir={self._home}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            close_fds=False, preexec_fn=arrange, env={**os.environ, "HOME": self._home},
        )  # fmt: skip
        os.close(ours[0])
        os.close(theirs[1])

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._to)
        self._from.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def look(self, page: Path, *, script: bool = True, dark: bool = False) -> Seen:
        """Open `page` in a tab of its own, with or without scripts."""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        tab = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self._ask(f"{domain}.enable", tab)
        self._ask("Emulation.setScriptExecutionDisabled", tab, value=not script)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._ask("Emulation.setEmulatedMedia", tab, features=scheme)
        self._events.clear()
        self._ask("Page.navigate", tab, url=page.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._events.append(self._message())
        told = (
            "[document.body.innerText, getComputedStyle(document.body).backgroundColor,"
            " Math.min(...[...document.querySelectorAll('td')].map(cell => cell.offsetWidth))]"
        )
        text, background, narrowest = self._ask("Runtime.evaluate", tab, expression=told, returnByValue=True)[
            "result"
        ]["value"]
        said = {
            "Log.entryAdded",
            "Runtime.consoleAPICalled",
            "Runtime.exceptionThrown",
            "Page.javascriptDialogOpening",
        }
        return Seen(
            text,
            [
                e["params"]["request"]["url"]
                for e in self._events
                if e["method"] == "Network.requestWillBeSent"
            ],
            [json.dumps(e["params"]) for e in self._events if e["method"] in said],
            background,
            narrowest,
        )

    def _ask(self, method: str, tab: str = "", **parameters: Any) -> dict[str, Any]:
        self._count += 1
        order = {
            "id": self._count,
            "method": method,
            "params": parameters,
            **({"sessionId": tab} if tab else {}),
        }
        os.write(self._to, json.dumps(order).encode() + b"\0")
        while True:
            message = self._message()
            if message.get("id") == self._count:
                assert "error" not in message, message
                return dict(message["result"])
            if "method" in message:
                self._events.append(message)

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = self._from.read(1 << 16)
            assert part, "the browser ended"
            self._rest += part
        raw, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(raw))
