"""Entry point: `memctl` and `python -m memctl`."""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> None:
    """Hand the command line to the hooks' entry point or to the terminal package.

    Hooks run at every prompt and must never exit 2, so they are told apart before typer is imported; so is
    a bare `--version`, which scripts ask for.
    """
    os.umask(os.umask(0o077) | 0o077)  # what a library makes for us is as private as what we make
    _open_streams()
    if not os.environ.get("HOME", "/").startswith("/"):
        del os.environ["HOME"]  # the user's own is taken instead, rather than folders here or in the root
    if sys.argv[1:] == ["--version"]:
        from memctl import __version__

        sys.stdout.write(f"memctl {__version__}\n")
        return
    if "hook" in sys.argv:
        from memctl.hooks import entry

        arguments = entry.wanted(sys.argv[1:])
        if arguments is not None:
            entry.main(arguments)
    import gc

    gc.disable()  # collections during imports cost a tenth of a short command, and find nothing
    from memctl.cli.app import run

    gc.enable()
    gc.freeze()
    _leave(run())


def _drop_working_directory() -> None:
    """Take away the working directory that `python -m` puts first on the path, so that no `yaml.py` of a
    repository is imported for ours. The same folder further back was named by PYTHONPATH, and stays."""
    try:
        here = os.getcwd()
    except OSError:
        return  # a folder that is gone: Python has put nothing there
    if not sys.flags.safe_path and sys.path[:1] in ([""], [here]):
        del sys.path[0]


def _open_streams() -> None:
    """Put /dev/null where a standard stream was closed: its number would go to the next file that is opened,
    and what is printed would be written into that."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, and those below are taken
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 - for good
            setattr(sys, name, stream)


def _leave(code: int) -> "NoReturn":
    """End at once: the interpreter's own teardown would cost a short command a tenth of its time, and
    would wait for a thread in which a model's answer is late."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass
    os._exit(code)


if __name__ == "__main__":
    _drop_working_directory()  # until here only os and sys are imported, which are part of the interpreter
    main()
