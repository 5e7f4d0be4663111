"""The real Claude Code client: what the hooks put before its model, and what memctl sees of its work."""

import json
from pathlib import Path

import pytest

from tests.clients.conftest import Client, Start
from tests.kit.loopback import Answer, Call, Request
from tests.kit.topics import topic

pytestmark = pytest.mark.client


def claude(start: Start, respond: object = None) -> Client:
    client = start("claude", respond)
    client.extra = {
        "ANTHROPIC_BASE_URL": client.model.url,
        "ANTHROPIC_API_KEY": "test",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }
    return client


def slug(path: Path) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in str(path))


OFF = {"CLAUDE_CODE_DISABLE_AUTO_MEMORY": "1"}


@pytest.mark.parametrize("off", [False, True])
def test_in_the_readmes_order_each_pointer_is_said_once_and_there_is_one_folder(
    start: Start, off: bool
) -> None:
    """Save, install the hooks, start the first session: with the client's auto memory, and with it off."""
    client = claude(start)
    client.extra |= OFF if off else {}
    client.save("harbour-crane", "Colour of the harbour crane", "The harbour crane is painted teal.")
    client.save("lunch-order", "Where lunch is ordered", "Lunch comes from the noodle shop.")
    client.memctl("hooks", "install", "claude-code")
    client.run("-p", "which colour is the harbour crane painted")
    text = client.model.requests[0].text
    assert text.count("(harbour-crane.md)") == 1
    assert text.count("(lunch-order.md)") == 1
    start_block = text.split("SessionStart hook additional context: <memctl-memory", 1)[1].split(
        "</memctl-memory"
    )[0]
    assert ("(lunch-order.md)" in start_block) is off
    assert "No prompts are anticipated yet for: " in start_block
    assert "UserPromptSubmit hook additional context: <memctl-memory" in text
    assert text.count("The harbour crane is painted teal.") == 1
    assert "noodle shop" not in text
    assert "persisted-output" not in text, "the client did not set it aside as too long"
    made = client.home / ".claude" / "projects" / slug(client.project) / "memory"
    assert client.memctl("path").strip() == str(made)
    holding = [file.parent for file in client.home.rglob("MEMORY.md")]
    assert holding == [made], "there is one memory"


def test_what_the_client_cannot_know_is_said_beside_its_index(start: Start) -> None:
    client = claude(start)
    client.save("harbour-crane", "Colour of the harbour crane", "The harbour crane is painted teal.")
    client.save("crane-now", "Its colour since the repair", "The crane is ochre.")
    client.memctl("hooks", "install", "claude-code")
    directory = Path(client.memctl("path").strip())
    lines = [f"- [m{n}](m{n}.md) — fact {n}\n" for n in range(205)]
    for n in range(205):
        (directory / f"m{n}.md").write_text(topic(f"m{n}", f"fact {n}", "body\n"))
    with (directory / "MEMORY.md").open("a") as index:
        index.writelines(lines)
    (directory / "m3.md").write_text(topic("m3", "fact 3", "body\n", expires="2020-01-01"))
    client.run("-p", "hello there")
    text = client.model.requests[0].text
    told = text.split("SessionStart hook additional context: ", 1)[1].split("</memctl-memory nonce=", 1)[0]
    assert "- m3.md: expired, though the index lists it" in told
    listed = [n for n in range(205) if f"(m{n}.md) — " in told]
    assert listed == list(range(listed[0], 205)), "what is beyond the lines that the client loads"
    for n in range(205):
        assert text.count(f"- [m{n}](m{n}.md) — fact {n}\n") == 1


def test_a_full_index_reaches_the_model_whole(start: Start) -> None:
    """Where the client does not load it."""
    client = claude(start)
    client.extra |= OFF
    client.memctl("init")
    directory = Path(client.memctl("path").strip())
    lines = []
    for n in range(180):
        (directory / f"m{n}.md").write_text(f"---\nname: m{n}\ndescription: d\n---\nbody\n")
        lines.append(
            f'- [m{n}](m{n}.md) — part "{n}" of <b>what</b> we know\tabout harbours and cranes, über alles'
        )
    (directory / "MEMORY.md").write_text("\n".join(lines) + "\n")
    client.memctl("hooks", "install", "claude-code")
    client.run("-p", "hello there")
    text = client.model.requests[0].text
    start_block = text.split("SessionStart hook additional context: ", 1)[1]
    assert start_block.startswith("<memctl-memory")
    shown = start_block.split("</memctl-memory nonce=", 1)[0].count("\n- [m")
    assert shown > 80
    assert f"{180 - shown} more memories are not shown" in start_block


def test_without_the_hooks_nothing_of_memctl_is_there(start: Start) -> None:
    client = claude(start)
    client.save("harbour-crane", "Colour of the harbour crane", "The harbour crane is painted teal.")
    client.memctl("hooks", "install", "claude-code")
    client.memctl("hooks", "remove", "claude-code")
    client.run("-p", "which colour is the harbour crane painted")
    assert not client.model.seen("memctl-memory")


def test_a_resumed_session_does_not_see_the_same_memory_twice(start: Start) -> None:
    client = claude(start)
    client.save("harbour-crane", "Colour of the harbour crane", "The harbour crane is painted teal.")
    client.memctl("hooks", "install", "claude-code")
    client.run("-p", "which colour is the harbour crane painted")
    client.run("-p", "--continue", "and the harbour crane, is it painted well")
    assert client.model.requests[-1].text.count("The harbour crane is painted teal.") == 1


def test_after_a_compaction_the_index_and_the_memories_come_back(start: Start) -> None:
    client = claude(start)
    client.save("harbour-crane", "Colour of the harbour crane", "The harbour crane is painted teal.")
    client.memctl("hooks", "install", "claude-code")
    client.run("-p", "which colour is the harbour crane painted")
    client.run("-p", "--continue", "/compact")
    client.run("-p", "--continue", "which colour is the harbour crane painted again")
    text = client.model.requests[-1].text
    assert "(harbour-crane.md)" in text
    assert "The harbour crane is painted teal." in text


def test_settings_with_comments_are_left_to_the_person(start: Start) -> None:
    """The client does not load such a file; memctl must not make a working one of it behind anyone's back."""
    client = claude(start)
    settings = client.home / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text('{\n  // mine\n  "cleanupPeriodDays": 90\n}\n')
    assert "Invalid or malformed JSON" in client.run("-p", "hello there").stderr
    with pytest.raises(AssertionError, match="a key in quotes is expected"):
        client.memctl("hooks", "install", "claude-code")


def test_hooks_remove_leaves_the_clients_settings_as_they_were(start: Start) -> None:
    client = claude(start)
    settings = client.home / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text('{\n    "cleanupPeriodDays": 90,\n  "permissions": {"allow": ["Read"]}\n}\n')
    before = settings.read_bytes()
    client.memctl("hooks", "install", "claude-code")
    client.run("-p", "hello there")
    assert client.model.seen("hello there")
    client.memctl("hooks", "remove", "claude-code")
    assert settings.read_bytes() == before


def test_the_directory_that_the_client_made_is_found_and_used(start: Start) -> None:
    client = claude(start)
    client.run("-p", "hello there")
    made = client.home / ".claude" / "projects" / slug(client.project) / "memory"
    assert made.is_dir(), "the client makes its memory directory by itself"
    assert client.memctl("path").strip() == str(made)
    inner = client.project / "src" / "deep"
    inner.mkdir(parents=True)
    assert client.memctl("path", cwd=inner).strip() == str(made)
    client.save("harbour-crane", "Colour of the harbour crane", "The harbour crane is painted teal.")
    client.run("-p", "hello again")
    assert "(harbour-crane.md)" in client.model.requests[-1].text, (
        "the client loads the index that memctl wrote"
    )


def test_a_memory_that_the_client_writes_with_its_own_tools_is_listed(start: Start) -> None:
    content = topic("lighthouse", "Height of the lighthouse", "The lighthouse is forty metres high.\n")

    def respond(request: Request, number: int) -> Answer:
        if "tool_result" in json.dumps(request.body.get("messages", [])):
            return "saved"
        folder = client.home / ".claude" / "projects" / slug(client.project) / "memory"
        return Call("Write", {"file_path": str(folder / "lighthouse.md"), "content": content})

    client = claude(start, respond)
    client.run("-p", "--permission-mode", "acceptEdits", "remember how high the lighthouse is")
    assert "lighthouse.md" in client.memctl("list")
    assert "forty metres" in client.memctl("show", "lighthouse")
    listed = json.loads(client.memctl("list", "--json"))["memories"]
    assert [m["description"] for m in listed] == ["Height of the lighthouse"]


def test_its_session_is_extracted_when_it_ends(start: Start) -> None:
    client = claude(start)
    client.save("harbour-crane", "Colour of the harbour crane", "The harbour crane is painted teal.")
    client.memctl("hooks", "install", "claude-code")
    client.run("-p", "From now on always run the harbour tests before you push.")
    log = client.home / ".local/state/memctl/hooks.log"
    assert "event=SessionEnd outcome=started" in log.read_text()
    texts = client.proposed()
    assert "harbour tests before you push" in texts
    assert "painted teal" not in texts, "what memctl put into the session is no evidence"


def test_the_skill_is_offered_to_the_model_and_can_be_loaded(start: Start) -> None:
    def respond(request: Request, number: int) -> Answer:
        if "tool_result" in json.dumps(request.body.get("messages", [])):
            return "done"
        return Call("Skill", {"skill": "memctl"})

    client = claude(start, respond)
    client.run("-p", "hello there")
    assert not client.model.seen("project's memory, with the memctl command")
    client.memctl("hooks", "install", "claude-code", "--skill")
    client.run("-p", "remember this for the next time")
    assert client.model.seen("memctl: Keep what the next session must know")
    assert "Correct, do not pile up" in client.model.requests[-1].text, "the model loaded it"
    client.memctl("hooks", "remove", "claude-code")
    before = len(client.model.requests)
    client.run("-p", "hello again")
    assert not any("Keep what the next session" in one.text for one in client.model.requests[before:])


def test_the_paragraph_is_in_every_request(start: Start) -> None:
    client = claude(start)
    client.memctl("hooks", "install", "claude-code", "--agents-md")
    client.run("-p", "hello there")
    assert client.model.seen("kept with `memctl`; what fits a prompt arrives by itself")


def test_the_person_sees_what_was_recalled(start: Start) -> None:
    client = claude(start)
    client.save("harbour-crane", "Colour of the harbour crane", "The harbour crane is painted teal.")
    client.memctl("hooks", "install", "claude-code")
    options = ("--output-format", "stream-json", "--verbose", "--include-hook-events")
    shown = client.run("-p", *options, "which colour is the harbour crane painted").stdout
    assert "memctl: 1 memory recalled: harbour-crane" in shown
    assert not client.model.seen("1 memory recalled"), "the person's line costs the model nothing"
