"""The verb that makes or adopts a memory directory."""

import os

from memctl.cli.run import Run, verb
from memctl.errors import WriteFailed


@verb
def init(run: Run) -> None:
    """Make, or adopt, this project's memory directory and print its path."""
    from memctl.places import make_private
    from memctl.services.ownership.registration import register

    run.may_lack = True
    existed = os.path.isdir(run.directory)
    try:
        make_private(run.directory)
        register(run.place)
    except OSError as error:
        slug = "read-only" if error.errno == 30 else "denied" if error.errno in (1, 13) else "io"
        raise WriteFailed(
            f"{run.directory}: {error.strerror}",
            hint="choose another place with --dir or MEMCTL_HOME",
            slug=slug,
        ) from None
    made = {"directory": run.directory, "root": run.place.root, "created": not existed}
    run.out.result(made, run.directory)
    if not run.out.json:
        run.out.note("it was there already" if existed else "made; `memctl save` writes the first memory")
