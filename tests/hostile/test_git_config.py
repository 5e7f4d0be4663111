"""A repository that came with a hostile configuration: memctl reads its objects, and nothing of it runs."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from memctl.domain.memory import Memory
from memctl.services.evidence.verification import verify
from memctl.services.learn.from_git import commits
from memctl.services.ownership.identity import identify
from memctl.store.worktree.repository import Repository
from tests.kit.cli import Memctl

ABSENT = "0123456789abcdef0123456789abcdef01234567"
SIGNED = b"gpgsig -----BEGIN PGP SIGNATURE-----\n x\n -----END PGP SIGNATURE-----\n"

PARTIAL = (
    "[core]\n repositoryformatversion = 1\n[extensions]\n partialClone = origin\n"
    '[remote "origin"]\n promisor = true\n uploadpack = {pwn}\n url = {where}\n partialclonefilter = blob:none\n'
    '[protocol]\n allow = always\n[protocol "file"]\n allow = always\n[protocol "ext"]\n allow = always\n'
)
CONFIGS = {
    "signature": "[log]\n showSignature = true\n[gpg]\n program = {pwn}\n",
    "ssh-signature": '[log]\n showSignature = true\n[gpg]\n format = ssh\n[gpg "ssh"]\n program = {pwn}\n',
    "x509-signature": '[log]\n showSignature = true\n[gpg]\n format = x509\n[gpg "x509"]\n program = {pwn}\n',
    "promisor": PARTIAL.replace("{where}", "{nowhere}"),
    "promisor-ext": PARTIAL.replace("{where}", "ext::{pwn}"),
    "promisor-ssh": PARTIAL.replace("{where}", "ssh://host/x") + "[core]\n sshCommand = {pwn}\n",
    "promisor-helper": PARTIAL.replace("{where}", "https://host.invalid/x.git")
    + "[credential]\n helper = {pwn}\n[core]\n askPass = {pwn}\n gitProxy = {pwn}\n",
    "fsmonitor": "[core]\n fsmonitor = {pwn}\n pager = {pwn}\n editor = {pwn}\n[pager]\n log = {pwn}\n",
    "textconv": '[diff "evil"]\n textconv = {pwn}\n command = {pwn}\n[diff]\n external = {pwn}\n',
    "filter": '[filter "evil"]\n clean = {pwn}\n smudge = {pwn}\n process = {pwn}\n required = true\n',
    "merge": '[merge "evil"]\n driver = {pwn}\n',
    "include": "[include]\n path = {included}\n",
    "include-if": '[includeIf "gitdir:/"]\n path = {included}\n',
    "alternate-refs": "[core]\n alternateRefsCommand = {pwn}\n",
    "aliases": "".join(
        f"[alias]\n {verb} = !{{pwn}}\n" for verb in ("log", "cat-file", "rev-list", "rev-parse", "config")
    ),
    "hooks": "[core]\n hooksPath = {hooks}\n[uploadpack]\n packObjectsHook = {pwn}\n",
    "trailers": '[trailer "x"]\n command = {pwn}\n cmd = {pwn}\n',
}


def git(root: Path, *arguments: str, stdin: bytes = b"") -> str:
    line = ["git", "-c", "user.name=t", "-c", "user.email=t@example.test", *arguments]
    done = subprocess.run(line, cwd=root, input=stdin, check=True, capture_output=True)
    return done.stdout.decode().strip()


class Trap:
    """A project whose last commit claims a signature, and a program that leaves a mark when it runs."""

    def __init__(self, base: Path) -> None:
        self.root = base / "project"
        self.flag = base / "ran"
        self.pwn = base / "pwn.sh"
        self.hooks = base / "evil-hooks"
        self.included = base / "included"
        self.root.mkdir()
        self.hooks.mkdir()
        self.pwn.write_text(f"#!/bin/sh\ntouch '{self.flag}'\nexit 1\n")
        self.pwn.chmod(0o755)
        for hook in ("post-index-change", "reference-transaction", "pre-auto-gc"):
            (self.hooks / hook).symlink_to(self.pwn)
        git(self.root, "init", "-q", "-b", "main")
        (self.root / "app.py").write_text("one\ntwo\n")
        (self.root / ".gitattributes").write_text("* filter=evil diff=evil merge=evil textconv=evil\n")
        git(self.root, "add", ".")
        git(
            self.root,
            "commit",
            "-qm",
            "We decided to use NATS instead of Kafka because one broker is enough.",
        )
        self.blob = git(self.root, "rev-parse", "HEAD:app.py")
        plain = git(self.root, "cat-file", "commit", "HEAD").encode() + b"\n"
        head, _, message = plain.partition(b"\n\n")
        signed = head + b"\n" + SIGNED + b"\n" + message
        commit = git(self.root, "hash-object", "-t", "commit", "-w", "--stdin", stdin=signed)
        git(self.root, "update-ref", "refs/heads/main", commit)
        self.commit = commit

    def arm(self, text: str) -> None:
        """Give the repository the hostile configuration `text`."""
        config = self.root / ".git" / "config"
        everything = text.format(
            pwn=self.pwn, nowhere=self.root.parent / "nowhere.git", included=self.included, hooks=self.hooks
        )
        (self.root / ".git" / "refs" / "heads" / "absent").write_text(ABSENT + "\n")
        self.included.write_text(PARTIAL.format(pwn=self.pwn, where=self.root.parent / "nowhere.git"))
        config.write_text(config.read_text() + everything)


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap(tmp_path)


def evidence(*sources: str) -> Memory:
    return Memory("m.md", b"", "m", "d", "project", "b", header={"metadata": {"evidence": list(sources)}})


def read_everything(trap: Trap) -> None:
    """Every question that memctl asks of a repository, each with the answer it must still get."""
    root = str(trap.root)
    (trap.root / "app.py").write_text("zero\none\ntwo\n")
    memories = [evidence(f"app.py:1-2@{trap.blob}", trap.commit), evidence(f"app.py:1@{ABSENT}", ABSENT)]
    assert [v.state for v in verify(memories, root)] == ["valid", "gone"]
    assert [v.state for v in verify(memories, root, since="HEAD")] == ["valid", "gone"]
    assert Repository(root).blob(ABSENT) is None
    assert [c.name for c in commits(root, "HEAD")] == [trap.commit]
    assert identify(root)[0] == [trap.commit]


@pytest.mark.parametrize("name", CONFIGS)
def test_nothing_that_a_configuration_names_is_run(trap: Trap, name: str) -> None:
    trap.arm(CONFIGS[name])
    read_everything(trap)
    assert not trap.flag.exists()


def test_nor_with_everything_at_once_from_a_linked_worktree(trap: Trap, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    git(trap.root, "worktree", "add", "-q", "--detach", str(tree))
    git(trap.root, "config", "extensions.worktreeConfig", "true")
    trap.arm("".join(CONFIGS.values()))
    hostile = (trap.root / ".git" / "config").read_text()
    (trap.root / ".git" / "worktrees" / "tree" / "config.worktree").write_text(hostile)
    trap.root = tree
    read_everything(trap)
    assert not trap.flag.exists()


def test_no_verb_and_no_hook_runs_it(trap: Trap, tmp_path: Path) -> None:
    memctl = Memctl(cwd=trap.root)
    saved = Path(memctl("save", "The queue is NATS", "--name", "queue", "--type", "project").lines[0])
    text = saved.read_text()
    found = f"  evidence: [app.py@{ABSENT}, 'app.py:1@{ABSENT}', {ABSENT}]\n"
    assert "metadata:\n" in text
    saved.write_text(text.replace("metadata:\n", "metadata:\n" + found))
    trap.arm("".join(CONFIGS.values()))
    memctl("verify", code=1)
    memctl("context", "--for", "the queue", code=None)
    memctl("review", "--list")
    memctl("extract", "--git", "HEAD", "--dry-run")
    memctl("project", "list")
    memctl("doctor", code=None)
    prompt = '{"hook_event_name":"UserPromptSubmit","session_id":"s","prompt":"which queue do we use?"}'
    memctl("hook", "claude-code", stdin=prompt)
    assert not trap.flag.exists()


def test_the_trap_works(trap: Trap) -> None:
    """Plain git falls into it: otherwise the tests above would show nothing."""
    trap.arm(CONFIGS["signature"])
    git(trap.root, "log", "-1")
    assert trap.flag.exists()
    trap.flag.unlink()
    trap.arm(CONFIGS["promisor"])
    subprocess.run(["git", "cat-file", "-t", ABSENT], cwd=trap.root, capture_output=True, check=False)
    assert trap.flag.exists()


def sha256_repository(root: Path) -> None:
    git(root, "init", "-q", "-b", "main", "--object-format=sha256")
    git(root, "commit", "-q", "--allow-empty", "-m", "first")


def packed(root: Path) -> None:
    git(root, "init", "-q", "-b", "main")
    git(root, "commit", "-q", "--allow-empty", "-m", "first")
    git(root, "gc", "-q")
    git(root, "pack-refs", "--all")


def shallow(root: Path) -> None:
    origin = root.parent / "origin"
    origin.mkdir()
    git(origin, "init", "-q", "-b", "main")
    for message in ("zero", "first"):
        git(origin, "commit", "-q", "--allow-empty", "-m", message)
    git(root.parent, "clone", "-q", "--depth=1", f"file://{origin}", str(root))


def borrowing(root: Path) -> None:
    origin = root.parent / "origin"
    origin.mkdir()
    git(origin, "init", "-q", "-b", "main")
    git(origin, "commit", "-q", "--allow-empty", "-m", "first")
    git(root.parent, "clone", "-q", "--shared", str(origin), str(root))
    alternates = root / ".git" / "objects" / "info" / "alternates"
    alternates.write_text("../../../origin/.git/objects\n")


@pytest.mark.parametrize("make", [sha256_repository, packed, shallow, borrowing])
def test_honest_repositories_of_every_kind_are_read(tmp_path: Path, make: Callable[[Path], None]) -> None:
    root = tmp_path / "project"
    root.mkdir()
    make(root)
    assert [c.message.strip() for c in commits(str(root), "HEAD")] == ["first"]
    assert [c.message.strip() for c in commits(str(root), "main@{0}")] == ["first"]
    head = git(root, "rev-parse", "HEAD")
    assert identify(str(root))[0] == [head]
    assert [v.state for v in verify([evidence(head)], str(root))] == ["valid"]


def test_a_bare_repository_is_known_by_its_commits(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    packed(root)
    git(tmp_path, "clone", "-q", "--bare", str(root), "bare.git")
    assert identify(str(tmp_path / "bare.git"))[0] == [git(root, "rev-parse", "HEAD")]
