"""Every failure that memctl reports, each with its exit code and a slug for `--json`.

    MemctlError              1  failed          failed as the message says
    |- WriteFailed           1  disk-full | denied | read-only | io
    |- Cancelled             1  cancelled       a person said so when asked; Ctrl-C is 130
    |- UsageError            2  usage           wrong command line
    |- NotFound              3  not-found       no such memory, proposal or project
    |- Ambiguous             3  ambiguous       a name that several memories share
    |- ModelFailed           4  no-credentials | unauthorized | rate-limited | unavailable | deadline |
    |                           bad-reply | refused | cap
    |- Refused               5  secret | name | size | outside | duplicate | exists | approval | untrusted |
    |                           link | relative
    |- Conflict              6  changed         changed by someone else since it was read
    |- Locked                6  locked          another process holds the directory too long
    `- Damaged               7  damaged         the store is damaged; the message names file and repair

The codes are those of the contract in `docs/reference/exit-codes.md`. A message is one sentence that
names the file (and line); `hint` says what to do.
"""


class MemctlError(Exception):
    """A failure that the user can read: `message`, an optional `hint`, an exit `code` and a `slug`."""

    code = 1
    slug = "failed"

    def __init__(self, message: str, *, hint: str | None = None, slug: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if slug is not None:
            self.slug = slug


class WriteFailed(MemctlError):
    """The operating system would not write; nothing was acknowledged."""

    slug = "io"


class Cancelled(MemctlError):
    """A person who was asked said that it is not to be done; nothing was written."""

    slug = "cancelled"


class UsageError(MemctlError):
    """The command line is wrong."""

    code = 2
    slug = "usage"


class NotFound(MemctlError):
    """No such memory, proposal or project; `near` holds names that look like it."""

    code = 3
    slug = "not-found"

    def __init__(self, message: str, *, near: tuple[str, ...] = (), hint: str | None = None) -> None:
        if near and hint is None:
            hint = "did you mean " + ", ".join(near) + "?"
        super().__init__(message, hint=hint)
        self.near = near


class Ambiguous(MemctlError):
    """A name that more than one memory answers to."""

    code = 3
    slug = "ambiguous"


class ModelFailed(MemctlError):
    """No credentials, or no usable answer; `slug` is the one-word reason of the contract."""

    code = 4
    slug = "unavailable"


class Refused(MemctlError):
    """The guard said no; nothing was written. `rule` is the one that said so, e.g. `github-pat`."""

    code = 5
    slug = "refused"
    rule = ""


class Conflict(MemctlError):
    """Changed by someone else since it was read; nothing was written."""

    code = 6
    slug = "changed"


class Unseen(Conflict):
    """Nobody was shown what these proposals would do now: `ids`."""

    def __init__(self, message: str, *, ids: tuple[str, ...], hint: str) -> None:
        super().__init__(message, hint=hint)
        self.ids = ids


class Locked(Conflict):
    """The lock was held for longer than the wait; nothing was written."""

    slug = "locked"


class Damaged(MemctlError):
    """The store itself is damaged; nothing was written."""

    code = 7
    slug = "damaged"
