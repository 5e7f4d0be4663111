"""Entry point: `memctl` and `python -m memctl`."""

import sys


def main() -> None:
    """Hand the command line to the hooks' entry point or to the terminal package.

    Hooks run at every prompt and must never exit 2, so they are told apart before typer is imported; so is
    a bare `--version`, which scripts ask for.
    """
    if sys.argv[1:] == ["--version"]:
        from memctl import __version__

        sys.stdout.write(f"memctl {__version__}\n")
        return
    if "hook" in sys.argv:
        from memctl.integrations import entry

        arguments = entry.wanted(sys.argv[1:])
        if arguments is not None:
            entry.main(arguments)
    from memctl.cli.app import run

    run()


if __name__ == "__main__":
    main()
