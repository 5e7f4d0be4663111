"""What tells a project from others: its first commits and its remotes, without what lets anyone in."""

import re
from collections.abc import Iterable

from memctl.errors import MemctlError
from memctl.store.worktree.repository import Repository

GIT_SECONDS = 2.0
"""How long git may take to name a repository's first commits; without them remotes and root identify it."""

IDENTITIES = 64
"""First commits and remotes that are remembered of a project: any one of them tells it from others."""


def identify(root: str) -> tuple[list[str], list[str]]:
    """The first commits and the remote URLs (without credentials) of the repository at `root`.

    Of each at most IDENTITIES; nothing that the repository's own configuration names is run.
    """
    repository = Repository(root)
    if not repository.usable:
        return [], []
    try:
        said = repository.run("rev-list", "--ignore-missing", "--max-parents=0", "--all", seconds=GIT_SECONDS)
        commits = said.decode("ascii", "replace").split()
    except MemctlError:
        commits = []
    try:
        urls = [url for _, url in repository.config(r"^remote\..*\.url$", seconds=GIT_SECONDS)]
    except MemctlError:
        urls = []
    return sorted(commits)[:IDENTITIES], sorted(plain_urls(urls))[:IDENTITIES]


def plain_urls(urls: Iterable[str]) -> set[str]:
    """`urls` without what lets anyone in: user, password, query and fragment go, secrets in a path too.

    A transport helper (`ext::...`) is a command line and no identity: it is left out.
    """
    from memctl.services.guard import redact  # its tables of patterns take a while to load

    return {redact(plain) for plain in map(_plain_url, urls) if plain}


def _plain_url(url: str) -> str:
    url = " ".join(url.split())
    if re.match(r"[\w+.-]+::", url):
        return ""
    if not url.startswith(("/", ".")):
        url = re.sub(r"[?#].*", "", url)
        url = re.sub(r"^([A-Za-z][\w+.-]*://)?[^/]*@", r"\1", url)
    return url.rstrip("/").removesuffix(".git").rstrip("/")
