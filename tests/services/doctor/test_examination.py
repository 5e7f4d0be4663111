"""What the doctor keeps of an earlier look never changes what it says, and saves it the reading."""

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memctl.domain.finding import Finding
from memctl.services.doctor import examination
from memctl.services.doctor.examination import examine, look
from memctl.services.doctor.view import ground
from memctl.store.history import repair, verified
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import diagnoses
from tests.kit.cli import Memctl
from tests.kit.secret_samples import fill
from tests.kit.topics import write_topic

NOW = 1_790_000_000.0
TICK = 0.02


@pytest.fixture(autouse=True)
def quick_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as settled after a fiftieth of a second, which no clock here is coarser than."""
    monkeypatch.setattr(examination, "RACY_NS", int(TICK * 1e9))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    folder = tmp_path / "memory"
    folder.mkdir(mode=0o700)
    for n in range(8):
        word = WORDS[n]
        write_topic(folder, f"fact-{n}", f"{word} {word[::-1]} {word * 2}", f"{word}s {word[::-1]}s")
    settle()
    return folder


WORDS = "kettle ladder marble napkin orchid pebble quiver ribbon saddle teapot".split()


def settle() -> None:
    time.sleep(TICK * 1.5)


def kept(folder: Path, now: float = NOW) -> list[Finding]:
    return sorted(examine(ground(str(folder), now)).findings, key=repr)


def anew(folder: Path, now: float = NOW) -> list[Finding]:
    return sorted(examination._report(look(str(folder), now)).findings, key=repr)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read, in order."""
    files: list[str] = []
    skim = MemoryStore.skim

    def counted(self: MemoryStore, file: str) -> object:
        files.append(file)
        return skim(self, file)

    monkeypatch.setattr(MemoryStore, "skim", counted)
    return files


def test_what_did_not_change_is_not_read_again(directory: Path, read: list[str]) -> None:
    first = kept(directory)
    assert sorted(read) == sorted(file.name for file in directory.iterdir())
    read.clear()
    assert kept(directory) == first
    assert read == []
    write_topic(directory, "fact-3", "Fact 3 says another thing", "The key is in the drawer.")
    settle()
    kept(directory)
    assert read == ["fact-3.md"]


def edits(folder: Path, dice: random.Random) -> Iterator[Callable[[], object]]:
    """What may happen to a directory between two looks."""
    files = sorted(path for path in folder.rglob("*.md") if path.is_file() and not path.is_symlink())
    one, other = dice.sample(files, 2)
    word, stem = dice.choice(WORDS), f"new-{dice.randrange(99)}"
    yield lambda: one.write_text(one.read_text() + f"It was the {word}.\n")
    yield lambda: one.write_bytes(other.read_bytes())
    yield lambda: one.write_text(one.read_text() + fill("token ghp|_{a36}", dice.randrange(99)))
    yield lambda: write_topic(folder, stem, f"About [[{word}]]", f"See [[{one.stem}]] and [[nothing]].")
    yield lambda: write_topic(
        folder, stem, "Until spring", "x", expires=dice.choice(["2020-01-01", "2027-01-01"])
    )
    yield lambda: write_topic(folder, stem, "Old", "x", supersededBy=dice.choice([one.stem, "gone"]))
    yield lambda: one.write_text(f"---\nname: {other.stem}\ndescription: [\n---\n{word}\n")
    yield lambda: one.chmod(dice.choice([0o600, 0o644]))
    yield lambda: one.rename(folder / f"{one.stem}-{word}.md")
    yield (
        lambda: (folder / "sub").mkdir(exist_ok=True) or write_topic(folder / "sub", stem, f"Sub {word}", "x")
    )
    yield lambda: (folder / f"{word}.md~").write_text("left")
    yield lambda: (folder / "MEMORY.md").write_text(f"- [X](gone.md) — {word}\u200b\n")
    yield lambda: None


def test_with_and_without_what_is_kept_the_doctor_says_the_same(directory: Path) -> None:
    dice = random.Random(13)
    now = NOW
    for step in range(30):
        dice.choice(list(edits(directory, dice)))()
        now += dice.choice([0.0, 0.0, 86_400.0 * 200, -86_400.0])
        settle()
        assert kept(directory, now) == anew(directory, now), step
        assert kept(directory, now) == anew(directory, now), step


def test_a_text_that_was_changed_behind_its_time_is_read(directory: Path) -> None:
    path = directory / "fact-1.md"
    assert not any(finding.id.startswith("secret") for finding in kept(directory))
    before, text = path.stat(), path.read_text()
    secret = fill("ghp|_{a36} ", 1)
    path.write_text((secret + text)[: len(text)])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    settle()
    assert any(finding.id.startswith("secret") for finding in kept(directory))


@pytest.mark.parametrize("damage", ["rules", "bytes", "rows"])
def test_what_is_kept_under_other_rules_or_damaged_is_not_believed(
    directory: Path, read: list[str], damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = kept(directory)
    read.clear()
    path = Path(diagnoses.path_of(str(directory)))
    if damage == "rules":
        monkeypatch.setattr(examination, "premises", lambda: "others")
    elif damage == "bytes":
        path.write_bytes(b"no database" * 400)
    else:
        with diagnoses.contextlib.closing(diagnoses.connect(str(path))) as db:
            db.execute("update charts set chart = '[1, 2]'")
            db.execute("update meta set value = 'x' where key = 'report'")
    assert kept(directory) == first
    assert len(read) == 8


def test_a_history_that_was_whole_is_looked_at_again_once_a_file_of_it_changed(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memctl = Memctl(directory.parent)
    memctl("--dir", str(directory), "save", "The orchid needs water on Mondays")
    monkeypatch.setattr(verified, "TICK_NS", 0)
    looked: list[str] = []
    verify = repair.verify
    monkeypatch.setattr(repair, "verify", lambda folder: looked.append(folder) or verify(folder))
    assert verified.verify(str(directory)) == verified.verify(str(directory)) == []
    assert len(looked) == 1
    one = next(
        path for path in Path(verified.git_dir(str(directory)), "objects").rglob("*") if path.is_file()
    )
    stat, raw = one.stat(), one.read_bytes()
    one.chmod(0o600)
    one.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    os.utime(one, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert verified.verify(str(directory)) != []


def test_since_tells_only_of_what_changed(directory: Path) -> None:
    for name in ("fact-1", "fact-2"):
        write_topic(directory, name, "Until spring", "x", expires="2020-01-01")
    memctl = Memctl(directory.parent)
    run = ("--dir", str(directory), "doctor", "--json")

    def expired(*more: str) -> set[str]:
        return {
            f["file"] for f in memctl(*run, *more, code=None).json["findings"] if f["id"] == "stale.expired"
        }

    assert expired() == expired("--since", "1d") == {"fact-1.md", "fact-2.md"}
    assert expired("--since", "2199-01-01") == set()
    memctl(*run, "--since", "soon", code=2)
