"""The command in surroundings that fail it: streams, home, working directory, disk, limits, locale, signals."""

import contextlib
import json
import os
import pty
import pwd
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.tripwire import in_child
from tests.hostile import corpus
from tests.hostile.checks import complaints, hidden, snapshot
from tests.hostile.conftest import Place
from tests.kit.cli import COMMAND, Result
from tests.kit.warm import Warm, bind_by_permissions

LOOKING = (["list"], ["list", "--json"], ["show", "lantern"], ["search", "lantern"], ["recall", "lantern light left", "--selector", "lexical"],
           ["why", "lantern", "--selector", "lexical"], ["index", "--check"], ["context"], ["path"], ["path", "--explain"],
           ["stats"], ["log"], ["diff"], ["doctor"], ["config", "list"])  # fmt: skip


@pytest.fixture
def memctl(tmp_path: Path, warm: Warm) -> Iterator[Place]:
    """The real command, in a place that a test can spoil."""
    place = Place(tmp_path, warm)
    (place.directory / "lantern.md").write_bytes(corpus.GOOD)
    yield place
    place.settle()


@pytest.fixture
def nobody(memctl: Place) -> Place:
    """As `memctl`, for a user whom permissions bind: each command is given `**BOUND`."""
    probe = memctl.base / "probe"
    probe.touch(mode=0o000)
    if in_child(lambda: int(binds(probe))) != 1:
        pytest.skip("permissions cannot be made to bind here")
    return memctl


def binds(probe: Path) -> bool:
    """Whether this process, once bound, cannot open `probe`."""
    if os.geteuid() == 0:
        bind_by_permissions()
    return not os.access(probe, os.R_OK)


BOUND: dict[str, Any] = {"bound": True}


def test_without_home(memctl: Place) -> None:
    del memctl.env["HOME"]
    own = {
        f"MEMCTL_{kind}_DIR": str(memctl.base / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE", "DATA")
    }
    memctl.env |= own
    for arguments in LOOKING:
        memctl(*arguments, codes=(0, 1))


@pytest.mark.parametrize("home", ["not-there", "/dev/null", "/proc"])
def test_a_home_that_is_none(memctl: Place, home: str) -> None:
    memctl.env["HOME"] = os.path.join(memctl.base, home)
    for arguments in LOOKING[::3]:
        memctl(*arguments, codes=(0, 1))
    saved = memctl("save", "Paint the shutters green", "--name", "green", codes=(0, 1))
    assert ("green.md" in memctl("list").out) is (saved.code == 0)


@pytest.mark.parametrize("home", ["", "relative", "./x"])
def test_a_home_that_is_no_absolute_path_is_not_used(memctl: Place, home: str) -> None:
    memctl.env["HOME"] = home
    del memctl.env["MEMCTL_DIR"]
    own = pwd.getpwuid(os.getuid()).pw_dir
    assert memctl("path").out.startswith(own + "/")


def test_a_home_that_cannot_be_written(nobody: Place) -> None:
    nobody.home.chmod(0o500)
    for arguments in LOOKING:
        nobody(*arguments, codes=(0, 1), **BOUND)
    done = nobody("save", "Paint the shutters green", "--name", "green", "--json", codes=(1,), **BOUND)
    assert json.loads(done.err.splitlines()[-1])["error"]["slug"] in ("denied", "read-only")
    assert not (nobody.directory / "green.md").exists()


def test_a_directory_that_cannot_be_written(nobody: Place) -> None:
    nobody.directory.chmod(0o500)
    for arguments in LOOKING:
        nobody(*arguments, codes=(0, 1), **BOUND)
    for arguments in (
        ["save", "Paint it green", "--name", "green"],
        ["forget", "lantern"],
        ["mv", "lantern", "lamp"],
        ["index"],
    ):
        nobody(*arguments, codes=(1,), **BOUND)
    assert [p.name for p in nobody.directory.iterdir()] == ["lantern.md"]


def test_a_directory_that_cannot_be_read(nobody: Place) -> None:
    nobody.directory.chmod(0o000)
    for arguments in (
        ["list"],
        ["recall", "lantern", "--selector", "lexical"],
        ["search", "x"],
        ["show", "lantern"],
        ["save", "x y z", "--name", "n"],
    ):
        done = nobody(*arguments, codes=(1, 7), **BOUND)
        assert str(nobody.directory) in done.err, arguments


def test_a_file_that_cannot_be_read(nobody: Place) -> None:
    secret = nobody.directory / "secret.md"
    secret.write_bytes(corpus.GOOD)
    secret.chmod(0o000)
    for arguments in (["list"], ["doctor"]):
        done = nobody(*arguments, codes=(0, 1), **BOUND)
        assert "secret.md" in done.out + done.err
    for arguments in LOOKING:
        nobody(*arguments, codes=(0, 1), **BOUND)
    nobody("show", "secret", codes=(7,), **BOUND)


def test_a_working_directory_that_is_gone(memctl: Place) -> None:
    gone = memctl.base / "gone"
    script = f"mkdir {gone} && cd {gone} && rmdir {gone} && exec {sys.executable} -P -m memctl"
    for arguments in (
        "list",
        "list --json",
        "recall lantern --selector lexical",
        "path",
        "save 'Paint it green' --name n",
    ):
        done = subprocess.run(
            ["sh", "-c", f"{script} {arguments}"],
            env=memctl.env,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        result = Result((arguments,), done.returncode, done.stdout, done.stderr)
        assert complaints(result, (0, 1)) == []
    done = subprocess.run(
        ["sh", "-c", f"{script} -C {memctl.work} list"], env=memctl.env, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_working_directory_that_cannot_be_read(nobody: Place) -> None:
    nobody.work.chmod(0o100)
    for arguments in LOOKING:
        assert "Traceback" not in nobody(*arguments, codes=(0, 1), **BOUND).err


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams(memctl: Place, closed: str) -> None:
    for arguments in (
        "list",
        "recall lantern --selector lexical --json",
        "save 'Paint the shutters green' --name green --update",
        "show nothing",
    ):
        script = f"exec {sys.executable} -m memctl {arguments} {closed}"
        done = subprocess.run(
            ["sh", "-c", script], env=memctl.env, cwd=memctl.work, capture_output=True, check=False
        )
        result = Result((arguments,), done.returncode, done.stdout, done.stderr)
        assert complaints(result, (0, 3)) == []
    assert (memctl.directory / "lantern.md").read_bytes() == corpus.GOOD
    assert (memctl.directory / "green.md").read_text().endswith("---\nPaint the shutters green\n")


def test_a_reader_that_leaves(memctl: Place) -> None:
    for number in range(300):
        (memctl.directory / f"m{number}.md").write_bytes(corpus.GOOD)
    for arguments in (["list"], ["list", "--json"], ["search", "lantern"], ["show", "lantern"], ["path"]):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=memctl.env,
            cwd=memctl.work,
            stdout=write,
            stderr=subprocess.PIPE,
            check=False,
        )
        os.close(write)
        assert (done.returncode, b"Traceback" in done.stderr, b"error" in done.stderr) == (0, False, False), (
            arguments
        )


def test_stdout_on_a_full_device(memctl: Place) -> None:
    with open("/dev/full", "wb") as full:
        for arguments in (["list"], ["list", "--json"], ["show", "lantern", "--raw"]):
            done = subprocess.run(
                [*COMMAND, *arguments],
                env=memctl.env,
                cwd=memctl.work,
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
            )
            assert done.returncode == 1, arguments
            assert b"No space left" in done.stderr
            assert b"Traceback" not in done.stderr


def wait_until_it_reads(pid: int) -> None:
    """Wait, at most ten seconds, until the process waits in a system call about its standard input."""
    call = Path(f"/proc/{pid}/syscall")
    for _ in range(100):
        time.sleep(0.1)
        with contextlib.suppress(OSError):
            if call.read_text().split()[1:2] == ["0x0"]:
                return


def test_ctrl_c_is_130(memctl: Place) -> None:
    read, write = os.pipe()
    started = subprocess.Popen(
        [*COMMAND, "recall", "-"],
        env=memctl.env,
        cwd=memctl.work,
        stdin=read,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until_it_reads(started.pid)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=10)
    os.close(read)
    os.close(write)
    assert (started.returncode, out) == (130, b"")
    assert b"Traceback" not in err


VARIABLES = [{"LANG": "C"}, {"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}, {"LANG": "de_DE.ISO-8859-1"}, {"TZ": "Nonsense/Zone"}, {"COLUMNS": "1"}, {"COLUMNS": "x"}, {"TERM": ""}, {"PYTHONPATH": "."}, {"PYTHONOPTIMIZE": "2"}]  # fmt: skip


@pytest.mark.parametrize("number", range(len(VARIABLES)), ids=lambda number: str(VARIABLES[number]))
def test_locales_and_variables(memctl: Place, number: int) -> None:
    variables = VARIABLES[number]
    for stem in ("arabic", "emoji", "cjk-long-name", "persian"):
        (memctl.directory / f"{stem}.md").write_bytes(corpus.PLAIN[stem])
    (memctl.directory / "记忆.md").write_bytes(corpus.GOOD)
    memctl.env |= variables
    encoding = variables.get("PYTHONIOENCODING", "utf-8")
    for arguments in (["list", "--json"], *LOOKING[number % 3 :: 3]):  # each verb meets a third of them
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=memctl.env,
            cwd=memctl.work,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr
        assert b"Traceback" not in done.stderr
        assert b"defect" not in done.stderr
        text = done.stdout.decode(encoding)
        if "--json" in arguments:
            assert "记忆.md" in {m["file"] for m in json.loads(text)["memories"]}
    memctl("save", "总是使用 pnpm", "--name", "规则")
    assert "总是使用" in (memctl.directory / "规则.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("size", [0, 100, 4096])
def test_a_disk_that_is_full(memctl: Place, size: int) -> None:
    before = snapshot(memctl.directory)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    full: dict[str, Any] = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))}
    text = "Paint the shutters green. " * 300
    for arguments in LOOKING if size == 0 else LOOKING[size % 3 :: 3]:
        with open(memctl.base / "out", "wb"):
            pass
        memctl(*arguments, codes=(0, 1), **full)
    done = memctl("save", text, "--name", "green", codes=(1,), **full)
    assert done.err
    assert {k: v[4] for k, v in snapshot(memctl.directory).items()} == {k: v[4] for k, v in before.items()}
    memctl("save", text, "--name", "green")


@pytest.mark.parametrize("number", [8, 12, 20])
def test_few_descriptors(memctl: Place, number: int) -> None:
    before = snapshot(memctl.directory)
    few = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))}
    for arguments in LOOKING[::2]:
        memctl(*arguments, codes=(0, 1, 7), **few)
    done = memctl(
        "save",
        "Paint the shutters green",
        "--name",
        "green",
        codes=(0, 1, 7),
        **few,
    )
    if done.code:
        assert set(snapshot(memctl.directory)) - {b"MEMORY.md"} == set(before)
    memctl("save", "Paint the shutters green", "--name", "green", "--update")


def test_without_git(memctl: Place) -> None:
    memctl.env["PATH"] = str(memctl.base / "empty")
    for arguments in LOOKING:
        memctl(*arguments, codes=(0, 1))
    memctl("save", "Paint the shutters green", "--name", "green")
    assert "git" in memctl("log", codes=(1,)).err
    assert "git" in memctl("undo", codes=(1,)).err


def on_terminal(memctl: Place, *arguments: str, columns: int = 80, **variables: str) -> tuple[int, str]:
    """Run with a terminal on all three streams; returns the exit code and everything it showed."""
    main, side = pty.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    started = subprocess.Popen(
        [*COMMAND, *arguments], env={"TERM": "xterm-256color", **memctl.env, **variables}, cwd=memctl.work,
        stdin=side, stdout=side, stderr=side, start_new_session=True,
    )  # fmt: skip
    os.close(side)
    shown = b""
    try:
        while part := os.read(main, 65536):
            shown += part
    except OSError:
        pass
    code = started.wait(timeout=20)
    os.close(main)
    return code, shown.decode().replace("\r\n", "\n")


def without_colours(text: str) -> str:
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize("columns", [1, 20, 80, 200])
def test_a_terminal_of_any_width(memctl: Place, columns: int) -> None:
    for stem, content in (*corpus.TERMINAL.items(), *((k, v.decode()) for k, v in corpus.PLAIN.items())):
        (memctl.directory / f"{stem}.md").write_text(content, newline="")
    for arguments in (
        ["list"],
        ["recall", "lantern", "--selector", "lexical"],
        ["doctor"],
        ["show", "raw-osc-52"],
    ):
        code, shown = on_terminal(memctl, *arguments, columns=columns)
        assert code in (0, 1), shown[-500:]
        assert "Traceback" not in shown
        assert hidden(without_colours(shown)) == []


def test_colours(memctl: Place) -> None:
    assert "\x1b[" in on_terminal(memctl, "list")[1]
    assert "\x1b[" not in on_terminal(memctl, "list", NO_COLOR="1")[1]
    assert "\x1b[" not in on_terminal(memctl, "list", TERM="dumb")[1]
    assert "\x1b[" not in on_terminal(memctl, "list", "--color", "never")[1]
    assert "\x1b[" in on_terminal(memctl, "list", "--color", "always", NO_COLOR="1")[1]
    forced = subprocess.run(
        [*COMMAND, "search", "lantern"],
        env={**memctl.env, "CLICOLOR_FORCE": "1"},
        cwd=memctl.work,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=True,
    )
    assert b"\x1b[" in forced.stdout
    plain = subprocess.run(
        [*COMMAND, "search", "lantern"],
        env={**memctl.env, "CLICOLOR_FORCE": "1", "NO_COLOR": "1"},
        cwd=memctl.work,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=True,
    )
    assert b"\x1b[" not in plain.stdout
