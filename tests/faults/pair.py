"""Two memory directories with everything that is kept about them, one of which is brought into the other."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

from memctl import places
from memctl.domain.change import Change, Write
from memctl.domain.proposal import Evidence, Proposal, identified
from memctl.domain.transcript import Session
from memctl.errors import MemctlError
from memctl.format import drift
from memctl.services.projects.moving import bring
from memctl.store.history import records
from memctl.store.state import arrivals, surfaced
from memctl.store.state.cursors import Cursors
from memctl.store.state.inbox import Inbox
from memctl.store.state.tombstones import Tombstones
from memctl.store.write import journal
from memctl.store.write.apply import apply
from tests.faults.scenes import NOW, files_of, index_of, memory
from tests.kit.doors import door

SAID = Session("claude-code", "s1", "/s1.jsonl", ())


def proposal(name: str) -> Proposal:
    return identified(
        Proposal("", "create", name, "project", f"About {name}", f"The {name} stands at the quay.\n",
                 (Evidence("t1", f"the {name} stands"),), "person", created=NOW)
    )  # fmt: skip


class Pair:
    """Two memory directories with a past, and everything that is kept about them; copied afresh for each try."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.source = os.path.join(root, "now", "old", "memory")
        self.target = os.path.join(root, "now", "new", "memory")
        self.state = os.path.join(root, "now", "state")

    def build(self) -> None:
        for directory, words in ((self.source, "theirs"), (self.target, "ours")):
            for name, body in ((words, words), ("same", "same"), ("shared", f"What {words} said.")):
                self.save(directory, name, body)
            with open(os.path.join(directory, "MEMORY.md"), "a") as opened:
                opened.write(f"\n## By hand\n\nProse of {words}.\n")
            arrivals.put(directory, proposal(f"waiting-{words}"))
            Tombstones(directory).bury(proposal(f"buried-{words}"), "", NOW)
            cursors = Cursors(directory)
            cursors.move(cursors.load(SAID), [words.encode().ljust(8, b".")], 1, NOW)
            surfaced.add(directory, "s1", [f"{words}.md"])
            kept = Change("save", (Write(f"kept-{words}.md", memory(f"kept-{words}")),))
            journal.put(directory, replace(journal.new(kept, NOW), reason="disk-full"), "spool")
        with open(os.path.join(self.source, "picture.png"), "wb") as opened:
            opened.write(b"\x89PNG")
        shutil.copytree(os.path.join(self.root, "now"), os.path.join(self.root, "template"))

    def save(self, directory: str, name: str, body: str) -> None:
        apply(directory, Change("save", (Write(f"{name}.md", memory(name, body + "\n")),)), now=NOW)

    def reset(self) -> None:
        shutil.rmtree(os.path.join(self.root, "now"))
        shutil.copytree(os.path.join(self.root, "template"), os.path.join(self.root, "now"))

    def bring(self) -> int:
        try:
            bring(self.source, self.target, "", now=NOW)
        except MemctlError as error:
            return error.code
        return 0

    def recover(self) -> int:
        """Any command that opens the target."""
        try:
            door(self.target).finish(now=NOW)
        except MemctlError as error:
            return error.code
        return 0

    def is_whole_before(self) -> bool:
        return os.path.exists(os.path.join(self.source, "theirs.md"))

    def check_joined(self) -> None:
        found = files_of(self.target)
        assert sorted(found) == ["ours.md", "same.md", "shared.md", "theirs.md"]
        assert b"What ours said." in found["shared.md"]
        assert Path(self.target, "picture.png").read_bytes() == b"\x89PNG"
        text = index_of(self.target)
        assert [f.message for f in drift.check(text, found)] == []
        assert all(text.count(part) == 1 for part in ("Prose of ours.", "Prose of theirs.", "## By hand"))
        self.check_state()
        left = [
            n for n in Path(self.root, "now").rglob("*") if n.name.endswith(".tmp") or ".before-" in n.name
        ]
        assert [n for n in left if "history.git" not in n.parts] == []
        assert sorted(os.listdir(self.target)) == sorted(["MEMORY.md", "picture.png", *found])
        assert not os.path.exists(self.source)
        assert os.listdir(os.path.join(self.state, "stores")) == [places.store_key(self.target)]

    def check_state(self) -> None:
        inbox = [e.proposal for e in Inbox(self.target).entries()[0]]
        assert sorted(p.name for p in inbox) == ["shared", "waiting-ours", "waiting-theirs"]
        assert next(p for p in inbox if p.name == "shared").body.strip() == "What theirs said."
        tombstones = Tombstones(self.target)
        buried = tombstones.load()
        assert len(buried) == 2
        assert all(tombstones.stops(proposal(f"buried-{w}"), buried) for w in ("ours", "theirs"))
        cursor = Cursors(self.target).load(SAID)
        assert (cursor.seen, cursor.proposed) == ({b"ours....", b"theirs.."}, 1)
        assert surfaced.seen(self.target, "s1") == {"ours.md", "theirs.md"}
        kept = journal.kept(self.target)
        assert sorted(f for e in kept for f in e.files) == ["kept-ours.md", "kept-theirs.md"]
        assert journal.names(self.target) == []
        log = records.log(self.target)
        assert sorted(r.files[0] for r in log if r.verb == "save" and len(r.files) > 1) == [
            "MEMORY.md"] * 6  # fmt: skip
        assert [r.verb for r in log].count("adopt") == 1
        assert records.verify(self.target) == []
        assert len(records.log(self.target, file="shared.md")) >= 2, "both pasts of the name are there"
