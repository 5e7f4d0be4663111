"""The process behind `tests.kit.zygote`: reads orders as JSON lines, forks, answers with what came of it."""

import gc
import importlib
import json
import os
import resource
import signal
import sys
from typing import Any

MODULES = (
    "memctl.cli.app memctl.cli.verbs.list memctl.cli.verbs.show memctl.cli.verbs.search memctl.cli.verbs.recall memctl.cli.verbs.save memctl.cli.verbs.arrange memctl.cli.verbs.index "
    "memctl.cli.verbs.context memctl.cli.verbs.history memctl.cli.verbs.stats memctl.cli.show.documents memctl.services.recall.overview "
    "memctl.services.recall.lexical memctl.services.recall.answer memctl.services.recall.trace memctl.services.write.draft "
    "memctl.services.write.reindex memctl.services.context.block memctl.services.guard memctl.services.write.relocate "
    "memctl.store.write.apply memctl.store.history.records memctl.store.memory.memories memctl.store.search.cache rapidfuzz.process "
    "rapidfuzz.fuzz rapidfuzz.utils yaml frontmatter slugify sqlite3 tomllib subprocess typer.rich_utils"
).split()


def main() -> None:
    """Serve until stdin ends."""
    work, *more = sys.argv[1:]
    for name in [*MODULES, *more]:
        importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_serve(json.loads(line), work)) + "\n")
        sys.stdout.flush()


def _serve(order: dict[str, Any], work: str) -> dict[str, Any]:
    child = os.fork()
    if child == 0:
        try:
            _become(order, work)
        finally:
            os._exit(99)  # memctl always leaves by itself
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return {"code": code, "peak_kib": used.ru_maxrss, "cpu": used.ru_utime + used.ru_stime}


def _become(order: dict[str, Any], work: str) -> None:
    """Turn this fork into a `memctl` that was just started."""
    signal.setitimer(signal.ITIMER_REAL, order["seconds"])  # the default action kills
    source = os.path.join(work, "in") if order["stdin"] else os.devnull
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, path, how in (
        (0, source, os.O_RDONLY),
        (1, os.path.join(work, "out"), flags),
        (2, os.path.join(work, "err"), flags),
    ):
        handle = os.open(path, how, 0o600)
        os.dup2(handle, number)
        os.close(handle)
    for name, value in order["limits"].items():
        resource.setrlimit(getattr(resource, name), (value, value))
    if order["user"] is not None:
        os.setgroups([])
        os.setgid(order["user"])
        os.setuid(order["user"])
    os.environ.clear()
    os.environ.update({k: os.fsdecode(bytes.fromhex(v)) for k, v in order["env"].items()})
    os.chdir(bytes.fromhex(order["cwd"]))
    sys.argv = ["memctl", *(os.fsdecode(bytes.fromhex(a)) for a in order["arguments"])]
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    from memctl.__main__ import main as memctl_main

    try:
        memctl_main()
        sys.stdout.flush()
        os._exit(0)
    except SystemExit as leaving:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(leaving.code if isinstance(leaving.code, int) else 0)
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(98)


if __name__ == "__main__":
    main()
