"""The skill and the paragraph that teach an agent to save: put in on request, renewed, and taken out again."""

import json
from pathlib import Path

import pytest

from memctl.agents import table
from memctl.domain import skill_file
from memctl.errors import UsageError
from memctl.hooks import paragraph, skill
from tests.kit.cli import Memctl

SKILLS = {
    "claude-code": ".claude/skills/memctl/SKILL.md",
    "codex": ".agents/skills/memctl/SKILL.md",
    "gemini": ".gemini/skills/memctl/SKILL.md",
    "antigravity": ".gemini/config/skills/memctl/SKILL.md",
    "cursor": ".cursor/skills/memctl/SKILL.md",
    "opencode": ".config/opencode/skills/memctl/SKILL.md",
}
INSTRUCTIONS = {
    "claude-code": (".claude/CLAUDE.md", "CLAUDE.md"),
    "codex": (".codex/AGENTS.md", "AGENTS.md"),
    "gemini": (".gemini/GEMINI.md", "GEMINI.md"),
    "antigravity": (".gemini/GEMINI.md", "AGENTS.md"),
    "cursor": ("", "AGENTS.md"),
    "opencode": (".config/opencode/AGENTS.md", "AGENTS.md"),
}


def states(quick: Memctl, agent: str, *more: str) -> tuple[str, str]:
    (row,) = quick("hooks", "status", agent, "--json", *more).json["hooks"]
    return row["skill"]["state"], row["agents_md"]["state"]


@pytest.mark.parametrize("agent", ["claude-code", "opencode"])
def test_the_skill_comes_with_the_hooks_and_goes_with_them(quick: Memctl, home: Path, agent: str) -> None:
    file = home / SKILLS[agent]
    quick("hooks", "install", agent)
    assert not file.exists(), "only on request"
    assert f"+++ {file}" in quick("hooks", "install", agent, "--skill").out
    assert f"name: {file.parent.name}\n" in file.read_text()
    assert states(quick, agent)[0] == "installed"
    assert f"{file} (skill)" in quick("hooks", "status", agent).out
    assert quick("hooks", "install", agent, "--skill").out == "", "doing it again changes nothing"
    quick("hooks", "remove", agent)
    assert not file.parent.exists()
    assert states(quick, agent)[0] == "absent"


def test_the_skill_alone_can_be_removed(quick: Memctl, home: Path) -> None:
    quick("hooks", "install", "claude-code", "--skill")
    quick("hooks", "remove", "claude-code", "--skill")
    assert not (home / SKILLS["claude-code"]).exists()
    (row,) = quick("hooks", "status", "claude-code", "--json").json["hooks"]
    assert (row["state"], row["skill"]["state"]) == ("installed", "absent")


def test_the_skill_is_one_that_every_agent_reads() -> None:
    head, _, body = skill.text().removeprefix("---\n").partition("\n---\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line and line[0] != " ")
    assert skill_file.is_name(fields["name"])
    assert len(json.loads(fields["description"])) <= 1024
    assert len(body) < 4_000, "short: it is read in the middle of the work"
    for word in (
        "--when",
        "--update",
        "--supersedes",
        "memctl recall",
        "memctl review",
        "Never save a secret",
    ):
        assert word in body


@pytest.mark.parametrize("name", INSTRUCTIONS)
def test_both_stand_where_the_agent_reads(
    home: Path, project: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(home))
    agent = table.find(name)
    assert agent is not None
    user, own = INSTRUCTIONS[name]
    assert skill.path(agent, None) == str(home / SKILLS[name])
    assert paragraph.path(agent, str(project)) == str(project / own)
    if user:
        assert paragraph.path(agent, None) == str(home / user)
        return
    with pytest.raises(UsageError, match="no such file") as caught:
        paragraph.path(agent, None)
    assert caught.value.hint == "add --project"


SHARED = [
    ("antigravity", "codex", ("--project", "--skill"), ".agents/skills/memctl/SKILL.md"),
    ("cursor", "opencode", ("--project", "--agents-md"), "AGENTS.md"),
    ("gemini", "antigravity", ("--agents-md",), ".gemini/GEMINI.md"),
]


@pytest.mark.parametrize(("goes", "stays", "options", "name"), SHARED)
def test_what_another_agent_reads_too_stays_until_that_one_goes(
    quick: Memctl, home: Path, project: Path, goes: str, stays: str, options: tuple[str, ...], name: str
) -> None:
    file = (project if "--project" in options else home) / name
    quick("hooks", "install", goes, *options)
    quick("hooks", "install", stays, *(option for option in options if option == "--project"))
    title = next(agent.title for agent in table.hooked() if agent.name == stays)
    kind = options[-1]
    refused = quick(
        "hooks", "remove", goes, kind, *(("--project",) if "--project" in options else ()), code=5
    )
    assert f"{title} reads it too" in refused.err
    assert "--force" in refused.err
    said = quick("hooks", "remove", goes).err
    assert f"{file} stays: {title} reads it too" in said
    assert file.exists()
    quick("hooks", "remove", stays)
    assert not file.exists(), "the last one takes it along"


def test_what_another_agent_reads_too_goes_with_force(quick: Memctl, home: Path) -> None:
    quick("hooks", "install", "gemini", "--agents-md")
    quick("hooks", "install", "antigravity")
    assert quick("hooks", "remove", "gemini", "--force").err.count("stays") == 0
    assert not (home / ".gemini/GEMINI.md").exists()


@pytest.mark.parametrize("options", [(), ("--project",)])
@pytest.mark.parametrize("name", INSTRUCTIONS)
def test_no_folder_that_installing_made_is_left(
    quick: Memctl, home: Path, project: Path, name: str, options: tuple[str, ...]
) -> None:
    (home / ".config").mkdir()
    there = {*home.iterdir(), *project.iterdir()}
    taught = ("--skill",) if name == "cursor" and not options else ("--skill", "--agents-md")
    quick("hooks", "install", name, *options, *taught)
    assert {*home.iterdir(), *project.iterdir()} != there or name == "opencode"
    quick("hooks", "remove", name)
    left = {*home.iterdir(), *project.iterdir(), *(home / ".config").iterdir()} - {
        home / ".local",
        home / ".cache",
    }
    assert left == there


def test_a_projects_own_are_told_apart(quick: Memctl, home: Path, project: Path) -> None:
    quick("hooks", "install", "codex", "--skill", "--agents-md", "--project")
    assert "memctl save" in (project / "AGENTS.md").read_text()
    assert states(quick, "codex", "--project") == ("installed", "installed")
    assert states(quick, "codex") == ("installed", "installed"), "in either place"
    assert states(quick, "codex", "--user") == ("absent", "absent")
    quick("hooks", "remove", "codex", "--project")
    assert not (project / "AGENTS.md").exists()
    assert "a repository has neither" in quick("hooks", "install", "git", "--skill", code=2).err


def test_without_an_agent_the_paragraph_is_the_projects(quick: Memctl, project: Path) -> None:
    assert "no agent was named" in quick("hooks", "install", code=2).err
    quick("hooks", "install", "--agents-md")
    assert "memctl save" in (project / "AGENTS.md").read_text()
    quick("hooks", "remove", "--agents-md")
    assert not (project / "AGENTS.md").exists()


TEXTS = [
    b"", b"\n", b"# Mine\n", b"# Mine", b"# Mine\n\n", b"\xef\xbb\xbf# Mine\r\n\r\n- a\r\n", b"a\r\nb", "ü\n".encode(),
    b"<!-- memctl:begin -->\nmine\n<!-- memctl:end -->\n", b"# A\r\nb\n", b"a\n\r\n", b"a\r",
    b"Not `<!-- memctl:begin 0123456789abcdef -->` again\n", b"<!-- memctl:begin  -->\nmine\n",
    b"```\n<!-- memctl:begin  -->\nmine\n<!-- memctl:end -->\n```\n", b"```\nnever closed\n",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_the_persons_text_comes_back_byte_for_byte(project: Path, text: bytes) -> None:
    file = project / "AGENTS.md"
    file.write_bytes(text)
    paragraph.plan(None, str(project)).carry_out()
    assert file.read_bytes().startswith(text)
    assert paragraph.state(None, str(project)) == "installed"
    assert not paragraph.plan(None, str(project)).changes
    paragraph.plan(None, str(project), remove=True).carry_out()
    assert file.read_bytes() == text


@pytest.mark.parametrize("text", TEXTS)
def test_what_a_person_wrote_around_it_stays(project: Path, text: bytes) -> None:
    file = project / "AGENTS.md"
    file.write_bytes(text)
    paragraph.plan(None, str(project)).carry_out()
    block = file.read_bytes()[len(text) :]
    file.write_bytes(b"Above.\n" + text + block.rstrip() + b"\nBelow.\n")
    paragraph.plan(None, str(project), remove=True).carry_out()
    left = file.read_bytes()
    assert left.startswith(b"Above.\n" + text.rstrip())
    assert left.endswith(b"\nBelow.\n")
    assert b"memctl recall" not in left


def test_a_paragraph_that_a_merge_left_twice_goes_wholly(project: Path) -> None:
    file = project / "AGENTS.md"
    file.write_bytes(b"# Mine\n")
    paragraph.plan(None, str(project)).carry_out()
    file.write_bytes(file.read_bytes() + b"Below.\n\n" + paragraph.text().encode() + b"\n")
    paragraph.plan(None, str(project), remove=True).carry_out()
    assert file.read_bytes() == b"# Mine\nBelow.\n"


def older(file: Path) -> None:
    """What another version of memctl would have put there: other words under a checksum of their own."""
    text = file.read_text()
    form = skill.FORM if file.name == skill_file.FILE else paragraph.FORM
    found = form.pattern.search(text)
    assert found is not None
    blank = (text[: found.start(1)] + text[found.end(1) :]).replace("memctl recall", "memctl remember")
    start = 0 if form is skill.FORM else blank.index("<!-- memctl:begin")
    stop = (
        len(blank) if form is skill.FORM else blank.index("<!-- memctl:end -->") + len("<!-- memctl:end -->")
    )
    file.write_text(blank[:start] + form.signed(blank[start:stop]) + blank[stop:])


def edited(file: Path) -> None:
    file.write_text(
        file.read_text().replace("never a secret", "never a word").replace("Never save", "Do save")
    )


@pytest.mark.parametrize("option", ["--skill", "--agents-md"])
def test_an_older_one_is_renewed_and_a_changed_one_is_the_persons(
    quick: Memctl, home: Path, option: str
) -> None:
    file = home / (SKILLS if option == "--skill" else {"claude-code": ".claude/CLAUDE.md"})["claude-code"]
    at = 0 if option == "--skill" else 1
    if option == "--agents-md":
        file.parent.mkdir()
        file.write_text("# Mine\n")
    quick("hooks", "install", "claude-code", option)
    first = file.read_text()
    older(file)
    assert states(quick, "claude-code")[at] == "outdated"
    assert "hooks.lesson" in quick("doctor", code=None).out
    quick("hooks", "install", "claude-code", option)
    assert file.read_text() == first
    edited(file)
    assert states(quick, "claude-code")[at] == "changed"
    theirs = file.read_text()
    for verb in ("install", "remove"):
        refused = quick("hooks", verb, "claude-code", option, code=5)
        assert "was changed since it was installed" in refused.err
        assert "--force" in refused.err
    said = quick("hooks", "remove", "claude-code").err
    assert "and stays; --force" in said, "the hooks go, the person's text stays"
    assert file.read_text() == theirs
    quick("hooks", "install", "claude-code", option, "--force")
    assert file.read_text() == first


def test_a_skill_of_somebody_elses_is_left_alone(quick: Memctl, home: Path) -> None:
    file = home / SKILLS["claude-code"]
    file.parent.mkdir(parents=True)
    file.write_text("---\nname: memctl\ndescription: mine\n---\nMine.\n")
    assert "is not memctl's" in quick("hooks", "install", "claude-code", "--skill", code=5).err
    assert not (home / ".claude/settings.json").exists(), "nothing was written"
    quick("hooks", "install", "claude-code")
    quick("hooks", "remove", "claude-code")
    quick("hooks", "remove", "claude-code", "--skill")
    assert file.read_text().endswith("Mine.\n")


def test_a_link_out_of_the_project_is_not_followed(quick: Memctl, project: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.md").write_text("theirs\n")
    (project / "AGENTS.md").symlink_to(tmp_path / "outside.md")
    quick("hooks", "install", "--agents-md", code=5)
    assert (tmp_path / "outside.md").read_text() == "theirs\n"


def test_every_agent_with_hooks_can_be_taught() -> None:
    assert SKILLS.keys() == INSTRUCTIONS.keys() == {agent.name for agent in table.hooked()}
