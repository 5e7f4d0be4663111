"""What a command was not asked to change is there afterwards, byte for byte."""

from pathlib import Path

import pytest

from tests.kit.cli import Memctl
from tests.kit.warm import Warm

REMARKED = (
    b"\xef\xbb\xbf---\r\n# ours\r\nname: crane  # short\ndescription: 'It is teal'\r\n\n# about types\n"
    b"metadata:\n  # whose\n  type: User\r\n  tags: [a, b]   \n  modified: 2026-01-01 \r\n# the end\n---\n"
    b"It is teal.\r\n\nMixed  \nends"
)


@pytest.fixture
def memctl(memory_dir: Path, tmp_path: Path, warm: Warm) -> Memctl:
    return Memctl(cwd=tmp_path, directory=memory_dir, warm=warm)


@pytest.mark.parametrize(
    ("command", "changed"),
    [
        (["save", "--name", "crane", "--update", "-d", "It is red"], {b"description:", b"  modified:"}),
        (["save", "It is teal.\n\nMixed  \nends", "--name", "crane", "--update"], set()),
        (["edit", "crane"], {b"description:", b"  modified:"}),
        (["mv", "crane", "stork"], {b"name:"}),
    ],
)
def test_a_change_leaves_every_other_line_of_the_file(
    memctl: Memctl, memory_dir: Path, command: list[str], changed: set[bytes]
) -> None:
    (memory_dir / "crane.md").write_bytes(REMARKED)
    memctl(*command, EDITOR="sed -i /^desc/s/teal/red/")
    (file,) = [path for path in memory_dir.iterdir() if path.name != "MEMORY.md"]
    pairs = zip(REMARKED.split(b"\n"), file.read_bytes().split(b"\n"), strict=True)
    different = [(old, new) for old, new in pairs if old != new]
    assert {
        new.partition(b" ")[0] if new[:1] != b" " else new[: new.index(b":") + 1] for _, new in different
    } == changed
    assert all(old.endswith(b"\r") == new.endswith(b"\r") for old, new in different)


def test_mv_leaves_a_table_of_toml_alone(memctl: Memctl, memory_dir: Path) -> None:
    memctl("save", "The binary is built twice", "--name", "bin")
    text = "Cargo has:\n\n```toml\n[[bin]]\n```\n\nand `[[bin]]`; see [[bin]]"
    memctl("save", text, "--name", "cargo")
    memctl("mv", "bin", "binary")
    body = (memory_dir / "cargo.md").read_text()
    assert "```toml\n[[bin]]\n```\n\nand `[[bin]]`; see [[binary]]\n" in body


def test_the_index_says_what_the_memory_says(memctl: Memctl, memory_dir: Path) -> None:
    memctl("save", "x", "--name", "keys", "-d", 'The keys are ["orders", 1] or [x](y.md)')
    line = (memory_dir / "MEMORY.md").read_text().splitlines()[-1]
    assert line == '- [Keys](keys.md) — The keys are \\["orders", 1] or \\[x]\\(y.md)'
    memctl("index", "--check")


EXPORTED = (
    "---\nname: crane\ndescription: It is teal\ncustom: mine # kept\nmetadata:\n  type: feedback\n"
    '  created: 2025-01-01\n  modified: 2025-02-02\n  origin: tool\n  expires: 2199-01-01\n  pinned: "true"\n'
    "  tier: warm\n  evidence:\n    - src/a.py@5b0c111\n---\nIt is teal."
)


def test_a_file_that_was_exported_keeps_its_whole_header(
    memctl: Memctl, memory_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "out.md").write_text(EXPORTED)
    memctl("save", "--file", "out.md")
    assert (memory_dir / "crane.md").read_text() == EXPORTED
    memctl("save", "It is red.", "--name", "crane", "--update")
    (tmp_path / "out.md").write_text(EXPORTED.replace("2199", "2198").replace("warm", "cold"))
    memctl("save", "--file", "out.md", "--update", "--pin")
    text = (memory_dir / "crane.md").read_text()
    assert "  expires: 2198-01-01\n" in text
    assert "  tier: cold\n" in text
    assert "It is teal." in text
    assert memctl("save", "--file", "out.md", "--update", "--json").json["action"] == "unchanged"
    memctl("save", "--file", "out.md", "--name", "by-agent", "--force", CLAUDECODE="1")
    assert "  origin: tool\n" in (memory_dir / "by-agent.md").read_text()


WHOLE = "# Memory Index\n\n- [Crane](crane.md) — It is teal\n- [Stork](stork.md) — It flies over the sea\n"


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(WHOLE.replace("teal\n", "te\0\0\n\0").encode(), id="NUL"),
        pytest.param(b"\0" * 300, id="only NUL"),
        pytest.param(WHOLE.encode()[: WHOLE.index("stork.md")], id="half a pointer"),
        pytest.param(WHOLE.replace("(stork.md)", "(stork.md").encode(), id="no closing bracket"),
        pytest.param(WHOLE.encode().replace(b"teal", b"t\xe9al"), id="Latin-1"),
        pytest.param(WHOLE.encode("utf-16"), id="UTF-16"),
        pytest.param(bytes(range(0x80, 0xFF)) * 9, id="no text at all"),
    ],
)
def test_a_damaged_index_is_mended_with_the_old_bytes_in_the_history(
    memctl: Memctl, memory_dir: Path, damaged: bytes
) -> None:
    memctl("save", "It flies over the sea", "--name", "stork")
    memctl("save", "It is teal", "--name", "crane")
    index = memory_dir / "MEMORY.md"
    index.write_bytes(damaged)
    assert "index.damaged" in memctl("index", "--check", code=1).out
    memctl("doctor", "--fix")
    lines = {line for line in index.read_text("utf-8").splitlines() if line}
    assert lines == {line for line in WHOLE.splitlines() if line}
    memctl("undo")
    assert index.read_bytes() == damaged


def test_what_a_person_wrote_in_a_damaged_index_stays(memctl: Memctl, memory_dir: Path) -> None:
    memctl("save", "It is teal", "--name", "crane")
    (memory_dir / "MEMORY.md").write_bytes(
        "# Mémoire\n\n- [ ] to do\n* [Crane](crane.md): né\0e\n".encode("latin-1")
    )
    memctl("index")
    assert (memory_dir / "MEMORY.md").read_text() == (
        "# M\ufffdmoire\n\n- [ ] to do\n* [Crane](crane.md): n\ufffde\n"
    )
