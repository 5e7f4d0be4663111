"""Entry point: `memctl` and `python -m memctl`."""


def main() -> None:
    """Hand the command line to the terminal package."""
    from memctl.cli.app import run

    run()


if __name__ == "__main__":
    main()
