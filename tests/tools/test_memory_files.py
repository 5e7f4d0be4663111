"""The memory tool's commands, through `memctl tool` and through the SDK's own tool class."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from memctl.domain.change import Change, Write
from memctl.domain.proposal import Proposal, identified
from memctl.errors import MemctlError, Refused
from memctl.format import topic
from memctl.services.review.approvals import Approvals
from memctl.services.review.verdicts import Review
from memctl.store.state import arrivals
from memctl.store.write import journal
from memctl.tools.memory_files import MemoryFiles
from tests.kit.cli import Memctl
from tests.kit.doors import place
from tests.kit.loopback import Answer, Call, Request, model
from tests.kit.secret_samples import fill
from tests.kit.topics import write_topic

NOW = 1_795_150_000.0
Run = Callable[..., str]


@pytest.fixture
def run(memory_dir: Path) -> Run:
    """Run one command: `run("view", path="/memories")`."""
    files = MemoryFiles(place(memory_dir), lambda: NOW)

    def call(command: str, **fields: object) -> str:
        return files.execute({"command": command, **fields})

    return call


def test_what_is_created_is_seen_and_recalled(run: Run, memory_dir: Path) -> None:
    text = "The harbour crane is painted teal.\nIt was red before.\n"
    assert "created successfully" in run("create", path="/memories/harbour-crane.md", file_text=text)
    assert run("view", path="/memories/harbour-crane.md") == (
        "Here's the content of /memories/harbour-crane.md with line numbers:\n"
        "     1\tThe harbour crane is painted teal.\n     2\tIt was red before.\n     3\t"
    )
    memory = topic.decode((memory_dir / "harbour-crane.md").read_bytes(), "harbour-crane.md")
    assert memory.body == text
    assert memory.description.startswith("The harbour crane is painted teal")
    assert memory.metadata["origin"] == "agent"
    assert "(harbour-crane.md)" in (memory_dir / "MEMORY.md").read_text()


def test_of_a_header_name_description_and_type_are_kept(run: Run, memory_dir: Path) -> None:
    text = (
        "---\nname: x\ndescription: y\norigin: person\napproved: true\nmetadata:\n  type: user\n"
        "  origin: person\n  pinned: true\n  evidence: s1#t1\n  supersedes: other\n---\nbody\n"
    )
    run("create", path="/memories/x.md", file_text=text)
    memory = topic.decode((memory_dir / "x.md").read_bytes(), "x.md")
    assert (memory.name, memory.description, memory.type, memory.body) == ("x", "y", "user", "body\n")
    assert set(memory.header) == {"name", "description", "metadata"}
    assert set(memory.metadata) == {"type", "created", "modified", "origin"}
    assert memory.metadata["origin"] == "agent"
    assert "     2\tname: x\n" in run("view", path="/memories/x.md")


def test_an_edit_cannot_smuggle_authority(run: Run, memory_dir: Path) -> None:
    path = "/memories/x.md"
    run("create", path=path, file_text="---\nname: x\ndescription: old words\n---\nbody\n")
    before = (memory_dir / "x.md").read_bytes()
    for line in ("approved: true", "origin: person", "  pinned: true", "name: a\nname: b"):
        with pytest.raises(Refused) as caught:
            run("insert", path=path, insert_line=4 if line[0] == " " else 3, insert_text=line)
        assert caught.value.slug == "smuggled"
    with pytest.raises(Refused):
        run("str_replace", path=path, old_str="origin: agent", new_str="origin: person")
    assert (memory_dir / "x.md").read_bytes() == before
    run("str_replace", path=path, old_str="old words", new_str="new words")
    run("str_replace", path=path, old_str="body", new_str="text")
    memory = topic.decode((memory_dir / "x.md").read_bytes(), "x.md")
    assert (memory.description, memory.body, memory.metadata["origin"]) == ("new words", "text\n", "agent")


def test_a_secret_in_a_header_or_a_path_is_refused(run: Run, memory_dir: Path) -> None:
    key = "ghp_" + "a1B2c3D4e5F6" * 3
    for path, text in ((f"/memories/{key}.md", "b"), ("/memories/x.md", f"---\nname: {key}\n---\nb\n")):
        with pytest.raises(Refused) as caught:
            run("create", path=path, file_text=text)
        assert (caught.value.slug, key in caught.value.message) == ("secret", False)
    assert list(memory_dir.iterdir()) == []


def test_the_listing_has_sizes_and_two_levels(run: Run, memory_dir: Path) -> None:
    run("create", path="/memories/a.md", file_text="a")
    run("create", path="/memories/team/b.md", file_text="b")
    run("create", path="/memories/team/deep/c.md", file_text="c")
    lines = run("view", path="/memories").split("\n")
    assert (
        lines[0]
        == "Here're the files and directories up to 2 levels deep in /memories, excluding hidden items:"
    )
    names = [line.split("\t")[1] for line in lines[1:]]
    assert names == [
        "/memories", "/memories/MEMORY.md", "/memories/a.md", "/memories/team/", "/memories/team/b.md",
        "/memories/team/deep/",
    ]  # fmt: skip
    assert run("view", path="/memories/team/").split("\n")[1].endswith("\t/memories/team")


def test_str_replace_and_insert(run: Run) -> None:
    run("create", path="/memories/a.md", file_text="one\ntwo\nthree\n")
    said = run("str_replace", path="/memories/a.md", old_str="two", new_str="2")
    assert said.endswith("     1\tone\n     2\t2\n     3\tthree\n     4\t")
    run("insert", path="/memories/a.md", insert_line=0, insert_text="zero\n")
    run("insert", path="/memories/a.md", insert_line=4, insert_text="four")
    assert run("view", path="/memories/a.md", view_range=[1, 5]).endswith(
        "     1\tzero\n     2\tone\n     3\t2\n     4\tthree\n     5\tfour"
    )


def test_view_range(run: Run) -> None:
    run("create", path="/memories/a.md", file_text="1\n2\n3\n4\n")
    assert run("view", path="/memories/a.md", view_range=[2, 3]).endswith(":\n     2\t2\n     3\t3")
    assert run("view", path="/memories/a.md", view_range=[4, -1]).endswith(":\n     4\t4\n     5\t")


def test_rename_carries_links_and_pointer(run: Run, memory_dir: Path) -> None:
    run("create", path="/memories/a.md", file_text="see nothing")
    run("create", path="/memories/b.md", file_text="see [[a]]")
    run("rename", old_path="/memories/a.md", new_path="/memories/c.md")
    assert "[[c]]" in (memory_dir / "b.md").read_text()
    index = (memory_dir / "MEMORY.md").read_text()
    assert "(c.md)" in index
    assert "(a.md)" not in index


def test_delete_one_and_a_folder(run: Run, memory_dir: Path) -> None:
    for path in ("a.md", "team/b.md", "team/c.md"):
        run("create", path=f"/memories/{path}", file_text=path)
    run("delete", path="/memories/team")
    run("delete", path="/memories/a.md")
    assert [p.name for p in memory_dir.rglob("*.md")] == ["MEMORY.md"]


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "/memories/../x.md", "memories/x.md", "/memories/a/../../x.md", "/memoriesx/a.md",
     "/memories//x.md",
     "/memories/..\\x.md", "/memories/%2e%2e/x.md", "/memories/a\0.md", "/memories", "/memories/.hidden.md",
     "/memories/notes.txt", "/memories/\uff0e\uff0e/x.md"],
)  # fmt: skip
def test_no_path_leads_outside(run: Run, memory_dir: Path, path: str) -> None:
    before = sorted(memory_dir.parent.rglob("*"))
    with pytest.raises(MemctlError):
        run("create", path=path, file_text="x")
    with pytest.raises(MemctlError):
        run("delete", path=path)
    assert [p for p in sorted(memory_dir.parent.rglob("*")) if p not in before] == []


def test_links_and_odd_files_are_not_followed(run: Run, memory_dir: Path) -> None:
    (memory_dir / "link.md").symlink_to("/etc/passwd")
    (memory_dir / "folder").symlink_to("/etc")
    for path in ("/memories/link.md", "/memories/folder/passwd.md", "/memories/folder"):
        with pytest.raises(MemctlError):
            run("view", path=path)


@pytest.mark.parametrize(
    ("command", "fields", "message"),
    [
        ("view", {"path": "/memories/no.md"}, "does not exist"),
        ("create", {"path": "/memories/a.md", "file_text": "again"}, "already exists"),
        (
            "str_replace",
            {"path": "/memories/a.md", "old_str": "nope", "new_str": ""},
            "did not appear verbatim",
        ),
        ("str_replace", {"path": "/memories/a.md", "old_str": "x", "new_str": ""}, "in lines: 1, 2"),
        ("str_replace", {"path": "/memories/a.md", "old_str": "", "new_str": "y"}, "did not appear"),
        ("insert", {"path": "/memories/a.md", "insert_line": 9, "insert_text": ""}, "the range [0, 2]"),
        ("insert", {"path": "/memories/a.md", "insert_line": "1", "insert_text": ""}, "needs insert_line"),
        ("rename", {"old_path": "/memories/no.md", "new_path": "/memories/b.md"}, "does not exist"),
        ("rename", {"old_path": "/memories/a.md", "new_path": "/memories/a.md"}, "already exists"),
        ("delete", {"path": "/memories"}, "Cannot delete"),
        ("delete", {"path": "/memories/MEMORY.md"}, "Cannot delete"),
        ("view", {}, "needs path"),
        ("drop", {}, "no such command"),
        (7, {}, "no such command"),
    ],
)
def test_failures_say_what_is_wrong_and_change_nothing(
    run: Run, memory_dir: Path, command: object, fields: dict[str, object], message: str
) -> None:
    run("create", path="/memories/a.md", file_text="x\nx\n")
    before = {p: p.read_bytes() for p in memory_dir.rglob("*.md")}
    with pytest.raises(MemctlError) as raised:
        MemoryFiles(place(memory_dir)).execute({"command": command, **fields})
    assert message in raised.value.message
    assert {p: p.read_bytes() for p in memory_dir.rglob("*.md")} == before


def test_a_secret_is_refused(run: Run, memory_dir: Path) -> None:
    key = "ghp_" + "1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVwXyZa"
    with pytest.raises(Refused):
        run("create", path="/memories/key.md", file_text=f"The token is {key}\n")
    run("create", path="/memories/fine.md", file_text="No token here.\n")
    with pytest.raises(Refused):
        run("str_replace", path="/memories/fine.md", old_str="No token", new_str=key)
    assert all(key not in p.read_text() for p in memory_dir.rglob("*.md"))


def test_every_write_is_in_the_history_and_can_be_undone(memctl: Memctl, memory_dir: Path) -> None:
    created = {"command": "create", "path": "/memories/a.md", "file_text": "first\n"}
    assert "created successfully" in memctl("tool", json.dumps(created)).out
    edited = {"command": "str_replace", "path": "/memories/a.md", "old_str": "first", "new_str": "second"}
    assert memctl("tool", "-", stdin=json.dumps(edited)).code == 0
    assert "memory-tool" in memctl("log", "--json").out
    assert memctl("undo").code == 0
    assert "first" in (memory_dir / "a.md").read_text()


def test_the_verb_has_the_contracts_exit_codes(memctl: Memctl) -> None:
    memctl("tool", '{"command": "view", "path": "/memories/no.md"}', code=3)
    memctl("tool", '{"command": "create", "path": "/etc/x.md", "file_text": ""}', code=5)
    memctl("tool", "{", code=2)
    answer = json.loads(memctl("tool", "--json", '{"command": "view", "path": "/memories"}').out)
    assert answer["schema"] == 1
    assert "/memories" in answer["content"]


def test_the_sdk_runs_it_as_its_own_memory_tool(memory_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test")
    from anthropic import Anthropic

    from memctl.memory_tool import MemctlMemoryTool

    script: list[Answer] = [
        Call(
            "memory", {"command": "create", "path": "/memories/crane.md", "file_text": "The crane is teal.\n"}
        ),
        Call("memory", {"command": "view", "path": "/memories/crane.md"}),
        Call("memory", {"command": "view", "path": "/memories/../../etc/passwd"}),
        "all noted",
    ]

    def respond(request: Request, number: int) -> Answer:
        return script[number - 1]

    with model(respond) as server:
        client = Anthropic(base_url=server.url, max_retries=0)
        runner = client.beta.messages.tool_runner(
            model="claude-test",
            max_tokens=500,
            messages=[{"role": "user", "content": "remember the crane"}],
            tools=[MemctlMemoryTool(str(memory_dir))],
        )
        last = runner.until_done()
        assert last.content[0].text == "all noted"  # type: ignore[union-attr]
        results = [request.body["messages"][-1]["content"][0] for request in server.requests[1:]]
    assert server.requests[0].body["tools"] == [{"type": "memory_20250818", "name": "memory"}]
    assert "The crane is teal." in json.dumps(results[1])
    assert results[2]["is_error"] is True
    assert (memory_dir / "crane.md").exists()


def test_a_replacement_shows_no_secret_of_the_lines_around_it(run: Run, memory_dir: Path) -> None:
    token = fill("gh|p_{a36}")
    write_topic(memory_dir, "crane", "Colour of the crane", f"It is teal.\nThe CI logs in with {token}.")
    said = run("str_replace", path="/memories/crane.md", old_str="teal", new_str="ochre")
    assert "ochre" in said
    assert token not in said


def test_deleting_what_superseded_another_makes_that_one_current(run: Run, memory_dir: Path) -> None:
    write_topic(memory_dir, "old", "Old colour", "It is red.", supersededBy="crane")
    write_topic(memory_dir, "crane", "Colour of the crane", "It is teal.")
    run("delete", path="/memories/crane.md")
    assert "supersededBy" not in (memory_dir / "old.md").read_text()


def test_the_sdks_tool_finishes_what_a_killed_command_left(memory_dir: Path) -> None:
    from memctl.memory_tool import MemctlMemoryTool

    content = b"---\nname: crane\ndescription: Colour\n---\nThe crane is teal.\n"
    journal.put(str(memory_dir), journal.new(Change("save", (Write("crane.md", content),)), NOW))
    one = Proposal("", "create", "tabs", "feedback", "Tabs", "Use tabs in Go.\n", (), "person", created=NOW)
    arrivals.put(str(memory_dir), identified(one))
    review = Review(place(memory_dir), now=NOW)
    (offer,) = review.offers()[0]
    Approvals(place(memory_dir)).mark([(offer.entry, offer.planned)], NOW, "memctl")
    MemctlMemoryTool(str(memory_dir))
    assert (memory_dir / "crane.md").read_bytes() == content
    assert (memory_dir / "tabs.md").exists()
