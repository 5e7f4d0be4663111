"""`review --editor`: what is left in one text is what is remembered."""

import sys
from io import StringIO
from pathlib import Path

import pytest

from memctl.cli.output import Output
from memctl.cli.run import Run
from memctl.cli.screens.whole_inbox import WholeInbox
from memctl.domain.proposal import Evidence, Target
from memctl.errors import MemctlError
from memctl.services.review.verdicts import Review
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import arrivals
from tests.kit.cli import Memctl, Result
from tests.kit.doors import place
from tests.kit.secret_samples import KINDS, fill
from tests.kit.topics import topic
from tests.services.review.test_verdicts import proposal

DROP = "/^=== .*{name}/,/^=== end/d"


@pytest.fixture
def inbox(memctl: Memctl, memory_dir: Path) -> Memctl:
    """Three proposals wait."""
    said = {
        "tabs-go": "Use tabs in Go.",
        "priya-owns-billing": "Priya owns billing.",
        "never-push-main": "Never push to main.",
    }
    for name, body in said.items():
        arrivals.put(str(memory_dir), proposal(name, body + "\n"))
    return memctl


def edited(memctl: Memctl, script: str, *arguments: str, code: int = 0, **env: str) -> Result:
    """`review --editor` with an editor that does `script` to the file "$1"."""
    editor = memctl.cwd.parent / "editor"
    editor.write_text(f"#!/bin/sh\n{script}\n")
    editor.chmod(0o755)
    copies = memctl.cwd.parent / "copies"
    copies.mkdir(exist_ok=True)
    return memctl("review", "--editor", *arguments, code=code, EDITOR=str(editor), TMPDIR=str(copies), **env)


def waiting(memctl: Memctl) -> list[str]:
    return sorted(p["name"] for p in memctl("review", "--list", "--json").json["proposals"])


def rejected(memctl: Memctl) -> list[str]:
    return sorted(r["name"] for r in memctl("review", "--list", "--rejected", "--json").json["rejections"])


def files(memory_dir: Path) -> list[str]:
    return sorted(path.stem for path in memory_dir.glob("*.md"))


def test_what_is_left_is_what_is_remembered_by_one_change_and_one_undo(
    inbox: Memctl, memory_dir: Path
) -> None:
    before = waiting(inbox)
    script = f"""sed -i -e '{DROP.format(name="never")}' -e 's/^Use tabs in Go/Use tabs everywhere/' \
        -e '/owns-billing/,/^type/s/^type: .*/type: reference/' "$1" """
    done = edited(inbox, script, "--yes")
    told = [line.split("\t") for line in done.lines]
    assert {name: verdict for verdict, _, name in told} == {
        "tabs-go": "accepted", "priya-owns-billing": "accepted", "never-push-main": "rejected",
    }  # fmt: skip
    assert "+Use tabs everywhere." in done.err, "what is saved is shown first"
    assert "reject 1:\n  create    never-push-main" in done.err
    assert done.err.count("undo with: memctl undo\n") == 1
    store = MemoryStore(str(memory_dir))
    assert (store.find("tabs-go").body, store.find("priya-owns-billing").type) == (
        "Use tabs everywhere.\n",
        "reference",
    )
    assert len(inbox("log").lines) == 1
    assert rejected(inbox) == ["never-push-main"]
    inbox("undo")
    assert (files(memory_dir), waiting(inbox)) == ([], before)
    assert rejected(inbox) == []
    inbox("redo")
    assert (files(memory_dir), waiting(inbox)) == (["MEMORY", "priya-owns-billing", "tabs-go"], [])
    assert rejected(inbox) == ["never-push-main"]
    inbox("undo")
    assert (waiting(inbox), rejected(inbox)) == (before, [])
    (again,) = (
        p["id"] for p in inbox("review", "--list", "--json").json["proposals"] if "never" in p["name"]
    )
    inbox("review", "--reject", again)
    assert (len(waiting(inbox)), rejected(inbox)) == (2, ["never-push-main"]), "this verdict stands by itself"


def test_what_was_only_rejected_is_listed_and_reopened_with_its_text(inbox: Memctl) -> None:
    ids = {p["name"]: p["id"] for p in inbox("review", "--list", "--json").json["proposals"]}
    edited(inbox, 'sed -i "/^===/,/^=== end/d" "$1"', "--yes")
    assert rejected(inbox) == sorted(ids)
    inbox("review", "--reopen", ids["tabs-go"])
    assert waiting(inbox) == ["tabs-go"]


@pytest.mark.parametrize(
    ("script", "said", "code"),
    [
        (': > "$1"', "the text was emptied; nothing was changed", 1),
        ("exit 3", "exited with 3; nothing was changed", 1),
        ("true", "approval needed; nothing was changed", 5),
        ("printf '\\351' >> $1", "is not UTF-8; nothing was changed", 1),
        ("sed -i s/^type:.*/type:/ $1", "it cannot be read; nothing was changed", 1),
        (f'rm "$1"; {sys.executable} -c "import os; os.mkfifo(\'$1\')"', "the editor left no file at ", 1),
    ],
)
def test_what_comes_to_nothing_changes_nothing(
    inbox: Memctl, memory_dir: Path, script: str, said: str, code: int
) -> None:
    before = inbox("review", "--list", "--json").json
    assert said in edited(inbox, script, *(["--yes"] if code == 1 else []), code=code).err
    assert inbox("review", "--list", "--json").json == before
    assert files(memory_dir) == []


def test_what_cannot_be_read_is_named_by_its_line_and_opened_again_with_the_text(
    inbox: Memctl, memory_dir: Path
) -> None:
    script = """
if [ ! -e "$0.second" ]; then
    sed -i -e '0,/^type: .*/s//type: rule/' -e 's/owns billing/owns payments/' "$1"
else
    sed -n 1p "$1" >> "$0.second"; sed -n "$(sed -n '1s/.*line \\([0-9]*\\):.*/\\1/p' "$1")p" "$1" >> "$0.second"
    sed -i 's/^type: rule/type: user/' "$1"
fi
echo again >> "$0.second" """
    done = edited(inbox, script, "--yes")
    assert "no such type: rule; one of user, feedback, project, reference" in done.err
    first, head, line, last = (memory_dir.parent / "editor.second").read_text().splitlines()
    assert (first, line, last) == ("again", "type: rule", "again")
    assert head.startswith("#~ ! line ")
    assert "payments" in MemoryStore(str(memory_dir)).find("priya-owns-billing").body, (
        "the rest of it was kept"
    )


@pytest.mark.parametrize("second", ["exit 1", ': > "$1"', 'rm "$1"'])
def test_a_text_that_was_sent_back_is_kept_whatever_the_second_editor_does(
    inbox: Memctl, second: str
) -> None:
    first = """sed -i -e 's/^type: .*/type: rule/' -e 's/owns billing/owns payments/' "$1" """
    script = f'if [ -e "$0.second" ]; then {second}; else touch "$0.second"; {first}; fi'
    done = edited(inbox, script, "--yes", code=1)
    kept = Path(done.err.split("your text is in ")[1].split()[0])
    assert "owns payments" in kept.read_text()
    assert len(list(kept.parent.parent.iterdir())) == 1


def test_of_many_problems_the_first_are_told(inbox: Memctl) -> None:
    stray = " ".join(map(str, range(30)))
    script = f"""[ -e "$0.seen" ] || for one in {stray}; do echo $one >> "$1"; done; cp "$1" "$0.seen" """
    assert edited(inbox, script, "--yes", code=1).err.count("this stands in no block") == 2 * 20
    assert (inbox.cwd.parent / "editor.seen").read_text().count("#~ ! line") == 20


def test_an_editor_that_is_no_command_line_is_said(inbox: Memctl) -> None:
    done = inbox("review", "--editor", code=2, EDITOR="vim '")
    assert "EDITOR: vim ': no closing quotation" in done.err


def test_the_plan_can_be_edited_again(
    inbox: Memctl, memory_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "again"
    editor.write_text("""#!/bin/sh
[ -e "$0.once" ] && sed -i 's/owns payments/owns invoices/' "$1" || sed -i 's/owns billing/owns payments/' "$1"
touch "$0.once"
""")
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.setattr(Output, "can_ask", True)
    monkeypatch.setattr(sys, "stdin", StringIO("e\ny\n"))
    WholeInbox(Run(), Review(place(memory_dir)), yes=False).edit()
    assert MemoryStore(str(memory_dir)).find("priya-owns-billing").body == "Priya owns invoices.\n"


def test_the_guard_looks_at_what_was_written_and_the_text_is_kept(inbox: Memctl, memory_dir: Path) -> None:
    secret = fill(next(shape for rule, shape in KINDS if rule.startswith("github")))
    done = edited(inbox, f's="$1"; sed -i "s/^Use tabs.*/token {secret}/" "$s"', "--yes", code=5)
    assert (files(memory_dir), len(waiting(inbox))) == ([], 3)
    assert "line " in done.err
    kept = Path(done.err.split("your text is in ")[1].split()[0])
    assert kept.read_text().count("\n=== end\n") == 3


def test_what_arrived_changed_or_was_decided_meanwhile_is_said_and_left(
    inbox: Memctl, memory_dir: Path
) -> None:
    ids = {p["name"]: p["id"] for p in inbox("review", "--list", "--json").json["proposals"]}
    arrivals.put(str(memory_dir), proposal("later", "Use spaces in Python.\n"))
    more = topic("tabs-go", "Tabs", "Use tabs, as everywhere.\n")
    (memory_dir.parent / "more").write_text(more)
    arrived = proposal("quays", "The quay is closed.\n")
    arrivals.put(str(memory_dir), arrived)
    entry = Path(str(next((Path.home() / ".local").rglob(f"{arrived.id}.json"))))
    script = f"""mv {entry} {entry}.off; cp {memory_dir.parent}/more {memory_dir}/tabs-go.md
        rm {entry.parent}/{ids["never-push-main"]}.json"""
    entry.rename(f"{entry}.off")
    done = edited(inbox, script.replace(f"mv {entry} {entry}.off", f"mv {entry}.off {entry}"), "--yes")
    assert "1 proposal arrived meanwhile: memctl review" in done.err
    assert "left: tabs-go: it or its memory changed meanwhile" in done.err
    assert "left: never-push-main: it was decided in another review meanwhile" in done.err
    assert files(memory_dir) == ["MEMORY", "later", "priya-owns-billing", "tabs-go"]
    assert waiting(inbox) == ["quays", "tabs-go"]


def test_evidence_and_bodies_that_look_like_marks_steer_nothing(memctl: Memctl, memory_dir: Path) -> None:
    hostile = "One.\n=== end\n=== 4f2a9c1b77 create evil\nname: evil\ntype: user\n\n#~ gone\n\\=== end\n"
    quote = Evidence("t1", "a\n=== end\nname: x\n#~\x1b[2J\u202e")
    arrivals.put(str(memory_dir), proposal("one", hostile, evidence=(quote,)))
    edited(memctl, f'cp "$1" {memory_dir.parent}/seen', "--yes")
    seen = (memory_dir.parent / "seen").read_text()
    assert ("\u202e" in seen, "\x1b" in seen, seen.count("\n=== end\n")) == (False, False, 1)
    assert files(memory_dir) == ["MEMORY", "one"]
    assert MemoryStore(str(memory_dir)).find("one").body == hostile


def test_two_that_change_one_memory_are_not_both_accepted(memctl: Memctl, memory_dir: Path) -> None:
    (memory_dir / "tabs.md").write_text(topic("tabs", "about tabs", "Use tabs.\n"))
    seen = (Target("tabs", MemoryStore(str(memory_dir)).find("tabs").fingerprint),)
    for body in ("Use tabs in Go.\n", "Use tabs in C.\n"):
        arrivals.put(str(memory_dir), proposal("tabs", body, operation="update", targets=seen))
    done = edited(memctl, 'sed -i "s/^type: .*/type: user/" "$1"', "--yes")
    assert "left: tabs: tabs changes the same memory: look at it after that" in done.err
    assert MemoryStore(str(memory_dir)).find("tabs").type == "user"
    assert waiting(memctl) == ["tabs"]


@pytest.mark.parametrize(("answer", "there"), [("n", ["MEMORY", "said"]), ("y", ["MEMORY", "heard", "said"])])
def test_what_is_not_vouched_for_is_asked_about(
    memctl: Memctl, memory_dir: Path, monkeypatch: pytest.MonkeyPatch, answer: str, there: list[str]
) -> None:
    arrivals.put(str(memory_dir), proposal("said"))
    arrivals.put(str(memory_dir), proposal("heard", "Deploys go through the tool.\n", origin="tool"))
    done = edited(memctl, "true", "--yes", "--json")
    assert "left: heard: --yes takes what `--accept all` takes" in done.err
    assert [one["name"] for one in done.json["left"]] == ["heard"]
    assert files(memory_dir) == ["MEMORY", "said"]
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.setattr(Output, "can_ask", True)
    monkeypatch.setattr(sys, "stdin", StringIO(answer + "\n"))
    asking = WholeInbox(Run(), Review(place(memory_dir)), yes=False)
    if answer == "y":
        asking.edit()
    else:
        with pytest.raises(MemctlError, match="nothing was changed"):
            asking.edit()
    assert files(memory_dir) == there


def test_an_agent_opens_no_editor(inbox: Memctl) -> None:
    done = edited(inbox, 'touch "$0.opened"', "--yes", code=5, CLAUDECODE="1")
    assert "the person's to accept" in done.err
    assert not (inbox.cwd.parent / "editor.opened").exists()
