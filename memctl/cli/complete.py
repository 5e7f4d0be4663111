"""Shell completion of memory names: names only, from the listing, so that a key press costs no reading."""

import os


def memory_names(incomplete: str) -> list[str]:
    """Names of the memories of the current project that begin with `incomplete`; [] on any trouble."""
    from memctl.errors import MemctlError
    from memctl.store.listing import scan
    from memctl.store.registry import open_place

    try:
        directory = open_place(os.getcwd()).directory
        names = [file[:-3] for file, _, _, _ in scan(directory)[0]]
    except (OSError, MemctlError):
        return []
    return sorted(name for name in names if name.startswith(incomplete) and name.isprintable())
