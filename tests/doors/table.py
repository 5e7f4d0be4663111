"""Everything in memctl that writes memories, and everything that proposes them, one row each.

A row says how its writer is driven from outside, and what must be true of what it leaves. The tests are the
columns: each takes every row to which it applies.
"""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.doors.world import Say, World, answered, project_git
from tests.kit.cli import Result
from tests.kit.conversations import Message, answer, assistant, call, record, user

STATEMENT = "From now on use tabs in Go."
"""What the rules take for a statement of the person; its memory is called `tabs-go`."""


def agents_accept(world: World) -> None:
    """The person's own configuration lets agents accept."""
    world.configure("agents_accept = true\n")


def nothing(world: World) -> None:
    """No preparation."""


@dataclass(frozen=True)
class Writer:
    """One way to change a memory directory.

    `run` does it once, saying its texts through `say`. `slots` are the texts that it is given from outside;
    where there is none, it has nothing to refuse. `actors` are those of a person's run and of an agent's;
    `new` is the file that it creates, with the `origins` of both runs.
    """

    name: str
    run: Callable[..., Result]
    prepare: Callable[[World], None] = nothing
    slots: tuple[str, ...] = ()
    refusal: str = "exit 5"  # or "answer" (in the tool's words), or "left out" (the rest goes on)
    actors: tuple[str, str] | None = ("memctl", "claude-code")  # None: it makes no entry in the history
    new: str = ""
    origins: tuple[str, str] = ("person", "agent")
    names_undo: bool = True  # on stderr; programs and models read no notes
    back: str = "undo"  # the verb that takes it back
    for_good: bool = False  # nothing takes it back
    moves: bool = False  # it changes where the memories are and not what they say

    def __str__(self) -> str:
        return self.name


# --- the writers: how each is prepared and run ---


def _unlisted(world: World) -> None:
    """A memory that was written by hand, and a second one that links to it."""
    world.plant("crane", "Colour of the crane", "The crane is painted teal.\n")
    world.plant("quay", "What stands at the quay", "At the quay stands [[crane]].\n")


def _crane(world: World) -> None:
    """The same with an index."""
    _unlisted(world)
    world.point("- [Quay](quay.md) — What stands at the quay", "- [Crane](crane.md) — Colour of the crane")


def _two_cranes(world: World) -> None:
    """Two memories of one crane, none of which links to the other; agents may decide on them."""
    agents_accept(world)
    world.plant("crane", "Colour of the crane", "The crane is painted teal.\n")
    world.plant("quay", "Colour of the crane at the quay", "The crane at the quay is red.\n")


def _save(world: World, say: Say, **env: str) -> Result:
    words = [say("text", "Lunch comes from the noodle shop."), "--name", say("name", "lunch")]
    described = say("description", "Where lunch is ordered")
    return world.cli("save", *words, "--description", described, code=None, **env)


def _save_when(world: World, say: Say, **env: str) -> Result:
    words = ["Lunch comes from the noodle shop.", "--name", "lunch", "--when", say("when", "I am hungry")]
    return world.cli("save", *words, code=None, **env)


def _save_narrows(world: World, say: Say, **env: str) -> Result:
    words = [say("text", "At night the crane is lit."), "--name", say("name", "lunch"), "--narrows", "crane"]
    described = say("description", "The crane at night")
    return world.cli("save", *words, "--description", described, code=None, **env)


def _verdict(answer: str) -> Callable[..., Result]:
    def run(world: World, say: Say, **env: str) -> Result:
        return world.cli("conflicts", "quay", "crane", "--as", answer, code=None, **env)

    return run


def _update(world: World, say: Say, **env: str) -> Result:
    words = ["--update", "--name", "crane", "--description", say("description", "The crane's colour")]
    return world.cli("save", say("text", "The crane is painted ochre."), *words, code=None, **env)


def _edit(world: World, say: Say, **env: str) -> Result:
    old = (world.directory / "crane.md").read_text()
    new = old.replace("Colour of the crane", say("description", "The crane's colour"))
    typed = world.given("typed.md", new.replace("is painted teal.", say("text", "is painted ochre.")))
    editor = world.given("editor", f"#!/bin/sh\ncat '{typed}' > \"$1\"\n", executable=True)
    return world.cli("edit", "crane", code=None, **{"VISUAL": str(editor), **env})


def _mv(world: World, say: Say, **env: str) -> Result:
    return world.cli("mv", "crane", say("name", "hoist"), code=None, **env)


def _forget(world: World, say: Say, **env: str) -> Result:
    return world.cli("forget", "crane", code=None, **env)


def _may_erase(world: World) -> None:
    _crane(world)
    world.configure("agents_erase = true\n")


def _for_good(world: World, say: Say, **env: str) -> Result:
    return world.cli("forget", "--for-good", "crane", "--yes", code=None, **env)


def _value(world: World, say: Say, **env: str) -> Result:
    return world.cli("forget", "--secret", "-", "--yes", stdin="painted teal\n", code=None, **env)


def _forgotten(world: World) -> None:
    _crane(world)
    world.cli("forget", "crane")


def _restore(world: World, say: Say, **env: str) -> Result:
    return world.cli("restore", "crane", code=None, **env)


def _backed_up(world: World) -> None:
    """A backup, and a crane that was painted since."""
    _crane(world)
    world.configure("agents_accept = true\n")
    world.cli("backup", str(world.top / "given" / "backup.tar"))
    world.planted.remove(world.directory / "crane.md")
    world.plant("crane", "Colour of the crane", "The crane is painted ochre.\n")


def _from_backup(world: World, say: Say, **env: str) -> Result:
    return world.cli("restore", "--from", str(world.top / "given" / "backup.tar"), code=None, **env)


def _index(world: World, say: Say, **env: str) -> Result:
    return world.cli("index", code=None, **env)


def _saved(world: World) -> None:
    world.cli("save", "The crane is painted teal.", "--name", "crane")


def _undone(world: World) -> None:
    _saved(world)
    world.cli("undo")


def _redo(world: World, say: Say, **env: str) -> Result:
    return world.cli("redo", code=None, **env)


def _undo(world: World, say: Say, **env: str) -> Result:
    return world.cli("undo", code=None, **env)


def _proposed(world: World) -> None:
    agents_accept(world)
    world.cli("extract", "--mine", str(world.session(("user", STATEMENT))), "--engine", "rules")


def _accept(world: World, say: Say, **env: str) -> Result:
    """A secret comes into the inbox by hand, or from a memctl that did not know its kind yet."""
    (entry,) = world.state.glob("stores/*/inbox/*.json")
    kept = json.loads(entry.read_text())
    for key in ("body", "description", "name", "session"):
        kept["proposal"][key] = said = say(key, kept["proposal"][key])
        if said != kept["proposal"].get("statement"):
            kept["proposal"]["statement"] = ""
    entry.write_text(json.dumps(kept))
    world.planted.append(entry)
    world.cli("review", "--show", entry.stem, **env)
    return world.cli("review", "--accept", entry.stem, code=None, **env)


def _edit_inbox(world: World, say: Say, **env: str) -> Result:
    name, body = say("name", "tabs-everywhere"), say("body", "Use tabs everywhere.")
    described = say("description", "Tabs everywhere.")
    lines = [f"name: {name}", f"description: {described}", "", body]
    script = f"sed -i -e '/^name:/,/^Use tabs/{{/^type:/!d}}' -e '/^type:/r {world.top}/given/said' \"$1\""
    world.given("said", "\n".join(lines) + "\n")
    editor = world.given("editor", f"#!/bin/sh\n{script}\n", executable=True)
    return world.cli("review", "--editor", "--yes", code=None, **{"VISUAL": str(editor), **env})


def _allow(world: World) -> None:
    world.configure('[approval]\n"feedback.person.create" = "auto"\n')


def _automatic(world: World, say: Say, **env: str) -> Result:
    said = world.recorded(("user", say("text", STATEMENT)))
    return world.cli("extract", str(said), "--engine", "rules", code=None, **env)


def _tool(command: str, **arguments: object) -> Callable[..., Result]:
    """A call of the memory tool; an argument that is a pair is a slot and its harmless text."""

    def run(world: World, say: Say, **env: str) -> Result:
        given = {key: _said(say, value) for key, value in arguments.items()}
        return world.cli("tool", json.dumps({"command": command, **given}), code=None, **env)

    return run


def _said(say: Say, value: object) -> object:
    if not isinstance(value, tuple):
        return value
    slot, text = value
    return f"/memories/{say(slot, text)}.md" if slot == "name" else say(slot, text)


def _mcp_saves(world: World) -> None:
    world.configure('mcp_save = "save"\n')


def mcp_save(world: World, say: Say, **env: str) -> Result:
    """What an MCP client saves."""
    about = {"name": say("name", "lunch"), "description": say("description", "Where lunch is ordered")}
    text = say("text", "Lunch comes from the noodle shop.")
    return answered(world.mcp({"text": text, **about}, **env)["content"][0]["text"])


def _tier(world: World, say: Say, **env: str) -> Result:
    return world.cli("tier", "crane", "quay", "cold", code=None, **env)


def _pin(world: World, say: Say, **env: str) -> Result:
    return world.cli("pin", "crane", code=None, **env)


def _crane_elsewhere(world: World) -> None:
    """Another project has a memory."""
    other = world.top / "other"
    other.mkdir()
    world.cli("-C", str(other), "save", "The crane is painted teal.", "--name", "crane")


def _cp(world: World, say: Say, **env: str) -> Result:
    return world.cli("-C", str(world.top / "other"), "cp", "crane", "--to", str(world.root), code=None, **env)


def _fix(world: World, say: Say, **env: str) -> Result:
    return world.cli("doctor", "--fix", code=None, **env)


def _dead_pointer(world: World) -> None:
    _crane(world)
    (world.directory / "crane.md").unlink()


INTERRUPTED = ("save", "Lunch comes from the noodle shop.", "--name", "lunch")


def _interrupted(world: World) -> None:
    world.interrupt("lunch.md", *INTERRUPTED)


def _kept(world: World) -> None:
    _interrupted(world)
    world.keep_aside()


def _enrich(world: World, say: Say, **env: str) -> Result:
    prompts = ["what colour do I order for the hoist", say("text", "which paint goes on the harbour machine")]
    answer = {"memories": [{"id": n, "prompts": prompts} for n in (1, 2, 3)]}
    return world.cli("enrich", "--write", code=None, **world.model(answer), **env)


def _enrich_from(world: World, say: Say, **env: str) -> Result:
    prompts = ["what colour do I order for the hoist", say("text", "which paint goes on the harbour machine")]
    given = json.dumps({"crane": prompts, "quay": ["where do I dock"]})
    return world.cli("enrich", "--from", "-", "--write", stdin=given, code=None, **env)


def _moved(world: World) -> None:
    """The project has a memory, and its folder was renamed since."""
    _saved(world)
    new = world.root.with_name("renamed")
    world.root.rename(new)
    world.cli.cwd = world.root = new
    world.planted.append(new)


def _with_remote(world: World, say: Say) -> None:
    url = say("remote", "https://example.org/x.git")
    if url != "https://example.org/x.git":
        url = f"https://oauth2:{url}@example.org/x.git"
    project_git(world.root, "remote", "add", "origin", url)


def _adopt(world: World, say: Say, **env: str) -> Result:
    _with_remote(world, say)
    return world.cli("project", "adopt", code=None, **env)


def _project_mv(world: World, say: Say, **env: str) -> Result:
    _with_remote(world, say)
    old = world.root.with_name("project")
    return world.cli("project", "mv", str(old), str(world.root), code=None, **env)


TOOL = ("memory-tool", "memory-tool")

WRITERS = (
    Writer("save", _save, slots=("text", "description", "name"), new="lunch.md"),
    Writer("save --when", _save_when, slots=("when",), new="lunch.md"),
    Writer("save --narrows", _save_narrows, _crane, ("text", "description", "name"), new="lunch.md"),
    Writer("conflicts --as replace", _verdict("replace"), _two_cranes),
    Writer("conflicts --as narrow", _verdict("narrow"), _two_cranes),
    Writer("save --update", _update, _crane, ("text", "description")),
    Writer("edit", _edit, _crane, ("text", "description")),
    Writer("mv", _mv, _crane, ("name",)),
    Writer("pin", _pin, _crane),
    # what happened to it elsewhere comes along, so that it makes several entries
    Writer("cp", _cp, _crane_elsewhere, actors=None, new="crane.md", origins=("person", "person")),
    Writer("forget", _forget, _crane),
    Writer("forget --for-good", _for_good, _may_erase, names_undo=False, for_good=True),
    Writer("forget --secret", _value, _may_erase, names_undo=False, for_good=True),
    Writer("restore", _restore, _forgotten),
    Writer("restore --from", _from_backup, _backed_up),
    Writer("index", _index, _unlisted),
    Writer("tier", _tier, _crane),
    Writer("undo", _undo, _saved, back="redo"),
    Writer("redo", _redo, _undone),
    Writer(
        "review --accept",
        _accept,
        _proposed,
        ("body", "description", "name", "session"),
        new="tabs-go.md",
        origins=("person", "person"),  # the words are the person's, whoever accepts them
    ),
    Writer(
        "review --editor",
        _edit_inbox,
        _proposed,
        ("body", "description", "name"),
        new="tabs-everywhere.md",
    ),
    Writer(
        "policy",
        _automatic,
        _allow,
        ("text",),
        "left out",
        ("auto", "auto"),
        new="tabs-go.md",
        origins=("person", "person"),
    ),
    Writer(
        "tool create",
        _tool("create", path=("name", "lunch"), file_text=("text", "Lunch comes from the noodle shop.")),
        slots=("text", "name"),
        actors=TOOL,
        new="lunch.md",
        origins=("agent", "agent"),
        names_undo=False,
    ),
    Writer(
        "tool str_replace",
        _tool("str_replace", path="/memories/crane.md", old_str="teal.", new_str=("text", "ochre.")),
        _crane,
        ("text",),
        actors=TOOL,
        names_undo=False,
    ),
    Writer(
        "tool insert",
        _tool("insert", path="/memories/crane.md", insert_line=0, insert_text=("text", "It is tall.")),
        _crane,
        ("text",),
        actors=TOOL,
        names_undo=False,
    ),
    Writer("tool delete", _tool("delete", path="/memories/crane.md"), _crane, actors=TOOL, names_undo=False),
    Writer(
        "tool rename",
        _tool("rename", old_path="/memories/crane.md", new_path=("name", "hoist")),
        _crane,
        ("name",),
        actors=TOOL,
        names_undo=False,
    ),
    Writer(
        "mcp save",
        mcp_save,
        _mcp_saves,
        ("text", "description", "name"),
        "answer",
        ("mcp", "mcp"),
        new="lunch.md",
        origins=("agent", "agent"),
        names_undo=False,
    ),
    Writer("doctor --fix orphan", _fix, _unlisted),
    Writer("doctor --fix dead pointer", _fix, _dead_pointer),
    # what was interrupted or kept is the change of the person who began it, whoever finishes it
    Writer("doctor --fix interrupted", _fix, _interrupted, actors=("memctl", "memctl")),
    Writer("doctor --fix kept", _fix, _kept, actors=("memctl", "memctl")),
    Writer("enrich --write", _enrich, _crane, ("text",), "left out"),
    Writer("enrich --from --write", _enrich_from, _crane, ("text",), "left out"),
    Writer("project adopt", _adopt, _moved, ("remote",), "left out", moves=True),
    Writer("project mv", _project_mv, _moved, ("remote",), "left out", moves=True),
)


@dataclass(frozen=True)
class Proposer:
    """One way for a proposal to come into the inbox.

    `run` does it once, saying its texts through `say`. `drops` tells what becomes of a text with a secret:
    the proposal is left out, or (False) it waits without the secret.
    """

    name: str
    run: Callable[..., Result]
    slots: tuple[str, ...] = ("text",)
    origin: str = "person"
    drops: frozenset[str] = field(default_factory=lambda: frozenset({"text", "description", "name", "body"}))

    def __str__(self) -> str:
        return self.name


# --- the proposers ---


def _by_rules(world: World, say: Say, **env: str) -> Result:
    said = world.recorded(("user", say("text", STATEMENT)))
    return world.cli("extract", str(said), "--engine", "rules", "--all", **env)


def _by_model(turn: int) -> Callable[..., Result]:
    """A model that rests its proposal on the turn of that number; `heard` is a text of the session."""

    def run(world: World, say: Say, **env: str) -> Result:
        said = ("Use tabs in Go.", "The tabs in Go are eight wide.", "gofmt indents Go with tabs.")
        turns = list(zip(("user", "assistant", "tool"), said, strict=True))
        turns.append(("user", say("heard", "Thanks, go on.")))
        draft = {
            "operation": "create",
            "name": say("name", "go-tabs"),
            "type": "feedback",
            "description": say("description", "Tabs in Go"),
            "supersedes": "",
            "why": "",
            "body": say("body", said[turn - 1]),
            "evidence": [{"turn": f"t{turn}", "quote": said[turn - 1]}],
        }
        model = world.model({"proposals": [draft]})
        command = ("extract", str(world.recorded(*turns)), "--engine", "llm", "--all")
        return world.cli(*command, **model, **env)

    return run


def _by_git(world: World, say: Say, **env: str) -> Result:
    message = f"Pin numpy\n\nMemory: {say('text', 'numpy stays below 2.3 until the C extension is ported.')}"
    if message not in project_git(world.root, "log", "-1", "--format=%B"):
        project_git(world.root, "commit", "-q", "--allow-empty", "-m", message)
    return world.cli("extract", "--git", "HEAD~1..HEAD", "--all", **env)


def _described(world: World, say: Say, **env: str) -> Result:
    """A chat words a description for a memory that has none."""
    if not (world.directory / "crane.md").exists():
        world.plant("crane", "", "The crane at the north quay is painted teal.\n")
    said = say("description", "Which colour the crane at the north quay is painted in")
    entry = {"id": "crane", "prompts": ["what colour is the hoist"], "description": said}
    return world.cli("enrich", "--from", "-", stdin=json.dumps({"memories": [entry]}), code=None, **env)


def _described_by_model(world: World, say: Say, **env: str) -> Result:
    if not (world.directory / "crane.md").exists():
        world.plant("crane", "", "The crane at the north quay is painted teal.\n")
    said = say("description", "Which colour the crane at the north quay is painted in")
    entry = {"id": 1, "prompts": ["what colour is the hoist"], "description": said}
    return world.cli("enrich", "--again", "crane", code=None, **world.model({"memories": [entry]}), **env)


def _evidence(world: World, say: Say, **env: str) -> Result:
    """A memory rests on a file that changed. Only a verdict on another one writes its offer down."""
    if not (world.directory / "page-size.md").exists():
        rests_on = f"{say('evidence', 'limits.py')}@{'0' * 40}"
        described = say("description", "Listings show fifty rows a page")
        world.plant("page-size", described, "Listings show fifty rows a page.\n", evidence=rests_on)
    return world.cli("verify", code=1, **env)


def _adopted(world: World, say: Say, **env: str) -> Result:
    """The project had another memory of the same name under another path."""
    described, root = "Colour of the crane", world.root
    world.plant("crane", described, "The crane is painted teal.\n")
    world.cli.cwd = world.root = root.with_name("former")
    project_git(root, "clone", "-q", ".", str(world.root))
    world.cli("save", "The crane is painted ochre.", "--name", "crane", "--description", described)
    shutil.rmtree(world.root)
    world.cli.cwd = world.root = root
    return world.cli("project", "adopt", **env)


_WORDY = """The crane at the quay is painted teal. The crane at the quay is painted teal.
It was raining while somebody talked about breakfast. Never lift more than 12 tons. {}
Bring oil along, bring a rag along, mind the gap along the rail. The quay faces north.
Ropes hang beside the shed door. Buckets stand below the ropes. Gulls watch the buckets.
"""


def _shortened(world: World, say: Say, **env: str) -> Result:
    """A memory that says something twice."""
    if not (world.directory / "crane.md").exists():
        world.plant("crane", "Colour of the crane", _WORDY.format(say("text", "Ask the harbour master.")))
    else:
        say("text", "")
    return world.cli("compress", "crane", code=None, **env)


def _shortened_by_model(world: World, say: Say, **env: str) -> Result:
    if not (world.directory / "crane.md").exists():
        world.plant("crane", "Colour of the crane", _WORDY.format("Ask the harbour master."))
    twice = "The crane at the quay is painted teal. "
    body = _WORDY.format("Ask the harbour master.").replace(twice, "").replace("Gulls watch the buckets.", "")
    model = world.model({"body": body + say("body", "Gulls watch the buckets.")})
    return world.cli("compress", "crane", "--engine", "llm", code=None, **model, **env)


def _dreamt(world: World, say: Say, **env: str) -> Result:
    """A memory without a description, of long ago."""
    if not (world.directory / "crane.md").exists():
        body = f"{say('text', 'The crane at the north quay is painted teal.')}\n"
        world.plant("crane", "", body, modified="2026-01-02T03:04:05.000Z")
    else:
        say("text", "")
    return world.cli("dream", code=None, **env)


def _dreamt_by_model(world: World, say: Say, **env: str) -> Result:
    if not (world.directory / "crane.md").exists():
        body = "The crane at the north quay is painted teal.\n"
        world.plant("crane", "Crane", body, modified="2026-01-02T03:04:05.000Z")
    described = say("description", "Which colour the crane at the north quay has")
    advice = {"kind": "describe", "memories": ["crane"], "description": described}
    empty = {"body": "", "parts": [], "quote": "", "why": ""}
    model = world.model({"advice": [{**empty, **advice}]})
    return world.cli("dream", "--engine", "llm", code=None, **model, **env)


def _skill(world: World, say: Say, **env: str) -> Result:
    """A session in which the person asked for something, and a command worked."""
    home = Path(os.environ["HOME"])
    said: list[Message] = [
        user(say("text", "Bring the tide tables up to date.")),
        assistant(call(1, command=f"make tides {say('command', 'spring')}")),
        user(answer(1, "done") | {"is_error": False}),
    ]
    world.planted.append(record(said, home, world.root).parent)
    return world.cli("skillify", **env)


MODEL_SLOTS = ("heard", "body", "description", "name")

PROPOSERS = (
    Proposer("extract by rules", _by_rules),
    Proposer("extract by model, person", _by_model(1), slots=MODEL_SLOTS),
    Proposer("extract by model, agent", _by_model(2), slots=MODEL_SLOTS, origin="agent"),
    Proposer("extract by model, tool", _by_model(3), slots=MODEL_SLOTS, origin="tool"),
    Proposer("extract --git", _by_git, origin="git"),
    Proposer("mcp save", mcp_save, slots=("text", "description", "name"), origin="agent"),
    Proposer("project adopt", _adopted, slots=()),
    Proposer("enrich", _described_by_model, slots=("description",), origin="agent"),
    Proposer("enrich --from", _described, slots=("description",), origin="agent"),
    Proposer("compress", _shortened),
    Proposer("compress by model", _shortened_by_model, slots=("body",), origin="agent"),
    Proposer("dream", _dreamt),
    Proposer("dream by model", _dreamt_by_model, slots=("description",), origin="agent"),
    Proposer("skillify", _skill, slots=("text", "command"), origin="agent", drops=frozenset()),
    Proposer("evidence", _evidence, slots=("description", "evidence"), origin="tool", drops=frozenset()),
)
