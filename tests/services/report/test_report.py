"""The report: one page that shows everything, loads nothing, and takes no text for more than text."""

import os
import re
import shutil
import warnings
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from memctl import places
from memctl.cli import opening
from memctl.domain.proposal import Evidence
from memctl.errors import Refused
from memctl.llm import ledger
from memctl.llm.provider import Usage
from memctl.services.report import inventory, page, publication
from memctl.services.report.markup import el
from memctl.store.history.records import Record
from memctl.store.state import arrivals, surfaced
from memctl.store.state.inbox import Inbox
from memctl.text.escape import escape
from tests.kit.browser import Browser, installed
from tests.kit.cli import Memctl
from tests.kit.doors import place
from tests.kit.secret_samples import KINDS, fill
from tests.kit.topics import topic
from tests.services.review.test_verdicts import proposal

NOW = 1_795_000_000.0
GOLDEN = Path(__file__).parent / "golden.html"
HOSTILE = (
    "</title></style><script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)>"
    " \"'><svg/onload=alert(3)> [x](javascript:alert(4)) url(http://evil.example/) @import 'x'; ]]>--> &amp;"
)
HIDDEN = "\u202egnp.exe\u2066 \x1b[2J \x00 \ufffe \u200b"


@pytest.fixture
def example(memory_dir: Path) -> inventory.Contents:
    """A small memory directory, with a change, a proposal, a recall and a call of a model."""
    shown = {"modified": "2026-11-01T08:00:00.000Z", "evidence": "s1#t1"}
    (memory_dir / "tabs.md").write_text(topic("tabs", "Tabs in Go", "Use tabs in Go.\n", "feedback", **shown))
    (memory_dir / "gates.md").write_text(topic("gates", HOSTILE, f"{HOSTILE}\n{HIDDEN}\n", "user", **shown))
    (memory_dir / "<img src=x onerror=alert(1)>.md").write_text(topic("x", "By its name", **shown))
    surfaced.add(str(memory_dir), "s1", ["tabs.md"])
    (record,) = Path(places.store_state(str(memory_dir)), "surfaced").iterdir()
    os.utime(record, (NOW - 86_400, NOW - 86_400))  # else the page is another one every day
    arrivals.put(
        str(memory_dir),
        proposal("quay", f"{HOSTILE}\n", evidence=(Evidence("t1", HOSTILE),), description="The quay"),
    )
    ledger.append(ledger.Entry(NOW - 60, "select", "anthropic", "m", Usage(10, 2), 0.01, "ok", 1.0))
    calls = [{"at": "2026-11-17T10:00:00Z", "agent": "codex", "recalled": ["tabs", HOSTILE]}]
    recent = {"days": 7, "prompts": 9, "prompts_with_memories": 4}
    return inventory.gather(place(memory_dir), NOW, calls, recent)


class Parts(HTMLParser):
    """Every element with its attributes, and the text outside of the style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data if not self.found or self.found[-1][0] != "style" else ""


def test_the_page_is_as_it_was(example: inventory.Contents, memory_dir: Path) -> None:
    text = page.html(example).replace(str(memory_dir), "/memory")
    text = re.sub(r"(?<=Made by memctl )[\w.]+|\b[0-9a-f]{32}\b", "…", text)
    if not GOLDEN.exists():
        GOLDEN.write_text(text)
        pytest.fail(f"{GOLDEN} was not there and is now: look at it")
    assert text == GOLDEN.read_text(), "look at the new page, then remove the golden one and run this again"


def test_no_text_becomes_more_than_text(example: inventory.Contents) -> None:
    text = page.html(example)
    parts = Parts(text)
    assert {tag for tag, _ in parts.found} & {
        "script",
        "img",
        "svg",
        "link",
        "iframe",
        "form",
        "base",
    } == set()
    assert {
        key for _, given in parts.found for key in given if key.startswith("on") or key in ("src", "style")
    } == set()
    links = [given["href"] for _, given in parts.found if "href" in given]
    assert links
    assert all(str(link).startswith("#") for link in links)
    assert text.count("<style>") == text.count("</style>") == 1
    assert parts.text.count(HOSTILE) == 5, "all of it can be read"
    assert escape(text, keep="\n\t") == text
    (policy,) = [given["content"] for _, given in parts.found if given.get("http-equiv")]
    assert str(policy).startswith("default-src 'none'; ")
    assert "unsafe" not in str(policy)


@pytest.mark.parametrize(
    "given", [{"href": "javascript:x"}, {"href": "https://x"}, {"onclick": "x"}, {"style": "x"}]
)
def test_no_part_of_a_page_can_lead_out_or_run(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no part of a report"):
        el("a", "x", **given)
    with pytest.raises(ValueError, match="no part of a report"):
        el("script", "x")


def test_a_memory_without_a_type_is_no_type_of_its_own(memory_dir: Path) -> None:
    (memory_dir / "bare.md").write_text("The quay is closed.\n")
    assert "<caption>No type: 1</caption>" in page.html(inventory.gather(place(memory_dir), NOW))


def test_an_inbox_that_cannot_be_read_leaves_the_rest(memory_dir: Path) -> None:
    arrivals.put(str(memory_dir), proposal("quay"))
    inbox = Path(Inbox(str(memory_dir)).folder)
    shutil.rmtree(inbox)
    inbox.write_text("in the way")
    found = inventory.gather(place(memory_dir), NOW)
    assert found.problems == [f"{inbox}: Not a directory"]
    assert "Nothing waits." in page.html(found)


def test_a_secret_that_was_written_by_hand_is_not_copied(memory_dir: Path) -> None:
    secret = fill(next(shape for rule, shape in KINDS if rule.startswith("github")))
    (memory_dir / "key.md").write_text(topic("key", f"the token {secret}", f"It is {secret}.\n"))
    assert secret not in page.html(inventory.gather(place(memory_dir), NOW))


def test_of_very_many_memories_the_newest_are_listed_and_the_rest_is_counted(
    memory_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, most in {"LISTED_MAX": 6, "BODIES_MAX": 2, "BODY_MAX": 20, "UNUSED_MAX": 3}.items():
        monkeypatch.setattr(inventory, name, most)
    for day in range(1, 10):
        modified = f"2026-11-{day:02d}T00:00:00.000Z"
        (memory_dir / f"m{day}.md").write_text(  # descriptions that nobody keeps short
            topic(f"m{day}", "d" * 9_000, "The fact at length." * 9, modified=modified)
        )
    found = inventory.gather(place(memory_dir), NOW)
    assert [one.name for one in found.memories["project"]] == ["m9", "m8", "m7", "m6", "m5", "m4"]
    assert [one.body is not None for one in found.memories["project"]] == [True, True, *[False] * 4]
    assert (found.total, found.unused_total, len(found.unused)) == (9, 9, 3)
    assert found.cut == [
        "3 older memories are not listed: memctl list",
        "the text of 4 older memories is left out: memctl show NAME",
    ]
    text = page.html(found)
    assert "cut after" in text
    assert len(text) < 9_000


def test_the_file_is_private_whole_and_in_the_place_of_reports_alone(
    memory_dir: Path, tmp_path: Path
) -> None:
    text, at = page.html(inventory.gather(place(memory_dir), NOW)), str(tmp_path / "r.html")
    assert publication.put(at, text, str(memory_dir)) == len(text.encode())
    assert (os.stat(at).st_mode & 0o777, list(tmp_path.glob("r.html*"))) == (0o600, [Path(at)])
    publication.put(at, text, str(memory_dir))  # its own may be replaced
    (tmp_path / "mine.html").write_text("mine")
    (tmp_path / "link.html").symlink_to(at)
    os.mkfifo(tmp_path / "pipe")
    for taken in ("mine.html", "link.html", "pipe", "memory/r.html"):
        with pytest.raises(Refused):
            publication.put(str(tmp_path / taken), text, str(memory_dir))


def test_the_command_says_where_it_is_and_opens_it(memctl: Memctl, memory_dir: Path, tmp_path: Path) -> None:
    memctl("save", "The web client is built with pnpm.")
    opener = tmp_path / "opener"
    opener.write_text(f'#!/bin/sh\n(echo "$1" > {tmp_path}/wait) &\n')
    opener.chmod(0o755)
    os.mkfifo(tmp_path / "wait")
    (path,) = memctl("report", "--open", BROWSER=str(opener)).lines
    assert (tmp_path / "wait").read_text() == f"file://{path}\n"
    assert "is built with pnpm" in Path(path).read_text()
    assert "created the-web-client" in Path(path).read_text(), "the history"
    assert "<bdi>person</bdi></td><td>save</td>" in Path(path).read_text(), "as the log has it"
    told = memctl("report", "--json", "-o", "r.html").json
    assert told["path"] == str(memctl.cwd / "r.html")
    assert told["bytes"] == os.path.getsize(told["path"])
    assert memctl("report", "-o", "-").out.startswith("<!DOCTYPE html>\n")
    assert "there is no folder" in memctl("report", "-o", "no/r.html", code=2).err
    memctl("forget", "--for-good", "--yes", "the-web-client-is-built-with-pnpm", code=None)
    assert not Path(path).exists(), "erasing for good takes it along"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "there is no display here, as over ssh: set BROWSER, or open file://"),
        ({"DISPLAY": ":0"}, "/xdg-open exited with 3; open file://"),
        ({"BROWSER": "lynx '"}, "BROWSER is no command: no closing quotation; open file://"),
        ({"BROWSER": "/gone/browser"}, "/gone/browser: No such file or directory; open file://"),
        ({"BROWSER": "{folder}/xdg-open --new"}, "/xdg-open exited with 3; open file://"),
    ],
)
def test_that_no_browser_shows_it_is_said(
    memctl: Memctl, tmp_path: Path, variables: dict[str, str], said: str
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "xdg-open").write_text("#!/bin/sh\nexit 3\n")
    (folder / "xdg-open").chmod(0o755)
    given = {key: value.format(folder=folder) for key, value in variables.items()}
    done = memctl("report", "--open", PATH=f"{folder}:{os.environ['PATH']}", **given)
    assert said in done.err
    assert Path(done.lines[0]).exists()


def test_what_opens_it_runs_no_browser_that_a_project_may_have_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    monkeypatch.chdir(project)
    monkeypatch.setenv("BROWSER", f"sh -c 'touch {project}/ran'")
    monkeypatch.setenv("PATH", f"{project}:.:{os.environ['PATH']}")
    at = tmp_path / "at"
    said = f'sh -c "$BROWSER"; printf %s "$PATH" > {at}'
    assert opening._run(["/bin/sh", "-c", said], attended=False) == 0
    assert not (project / "ran").exists()
    assert not {str(project), "."} & set(at.read_text().split(":"))


@pytest.fixture(scope="module")
def browser() -> "Callable[..., Browser]":
    found = installed()
    if found is None:
        warnings.warn("no Chromium is on PATH: the report was not looked at in a browser", stacklevel=1)
        pytest.skip("no Chromium is on PATH")
    return lambda: Browser(found)


def test_in_a_real_browser_nothing_is_asked_for_and_everything_can_be_read(
    browser: "Callable[..., Browser]", example: inventory.Contents, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    why = "supersede a-memory-with-a-name, and another one: " * 6
    example.changes = [Record("c0ffee", NOW, "review", "claude-code", None, why, ("tabs.md",))]
    file.write_text(page.html(example))
    with browser() as opened:
        seen = [opened.look(file, script=script, dark=not script) for script in (True, False)]
    for one in seen:
        assert one.asked == [file.as_uri()]
        assert one.complaints == []
        assert HOSTILE in one.text
        assert "Use tabs in Go" not in one.text, "a text is folded"
        assert "The quay" in one.text
        assert one.narrowest > 60, "no column is pressed into single letters"
    assert len({one.background for one in seen}) == 2, "light and dark"
