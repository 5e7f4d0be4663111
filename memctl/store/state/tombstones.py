"""What was rejected, remembered without its content, so that it is not proposed again.

A tombstone holds keyed hashes only: of the fact, of its quotes, and a small signature of its words by which
a fact is known again when a few words differ. The key never leaves the state directory.
"""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from memctl import places
from memctl.domain.proposal import Proposal
from memctl.errors import Ambiguous, NotFound
from memctl.store.disk import files
from memctl.store.disk.oserrors import write_failed

PREFIX_MIN = 4
"""Digits of an id that are enough where no other begins with them, as for git."""

SIGNATURE = 64
"""Minimum hashes in a signature: their agreement estimates the words that two facts share, within 0.05."""

ALIKE = 0.75
"""Share of agreeing minimum hashes from which a fact counts as the rejected one. One changed word of eight
gives about 0.78, a different object in a frame of four words 0.6."""

_WIDE = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_WIDE}]|[^\W_{_WIDE}]+")
_STOP = frozenset(
    "the a an to of in on at is are and or for we i you it that this with please always from now".split()
)


@dataclass(frozen=True)
class Rejection:
    """What a tombstone says of itself: no content, only which proposal, when, of which kind, and why."""

    id: str
    at: float  # seconds since the epoch; 0 where it is not known
    operation: str  # a key of `domain.proposal.KINDS`; "" in those of 0.1.0
    reason: str
    by: str = ""  # the command that proposed it; "" where it is not known


def _proposed_by(proposal: Proposal) -> str:
    if proposal.is_dreamt:
        return "dream"
    if proposal.full:
        return "compress"
    return "skillify" if proposal.kind.is_skill else "extract --all" if proposal.session else ""


class Tombstones:
    """The tombstones of one memory directory."""

    def __init__(self, directory: str) -> None:
        self.folder = os.path.join(places.store_state(directory), "tombstones")

    def bury(self, proposal: Proposal, reason: str, now: float) -> None:
        """Remember that `proposal` was rejected. Raises WriteFailed."""
        key = self._key()
        about = {"operation": proposal.operation, "by": _proposed_by(proposal)}
        content = {"at": now, "reason": reason, **about, **_hashes(proposal, key)}
        try:
            files.write_private(
                os.path.join(self.folder, f"{proposal.id}.json"), json.dumps(content).encode() + b"\n"
            )
        except OSError as error:
            raise write_failed(error, self.folder) from error

    def unbury(self, proposal_id: str) -> None:
        """Forget a rejection: its verdict was taken back."""
        files.discard(os.path.join(self.folder, f"{proposal_id}.json"))

    def rejections(self) -> list[Rejection]:
        """What was rejected, the newest first; damaged tombstones are passed over."""
        found = []
        for name in self._names():
            try:
                raw, _ = files.read_regular(os.path.join(self.folder, name), 1 << 16)
                content = json.loads(raw)
                at = float(content.get("at") or 0.0)
                words = (str(content.get(part) or "") for part in ("operation", "reason", "by"))
                found.append(Rejection(name.removesuffix(".json"), at, *words))
            except (OSError, ValueError, AttributeError, TypeError):
                continue
        return sorted(found, key=lambda rejection: -rejection.at)

    def find(self, wanted: str) -> Rejection:
        """The rejection whose id starts with `wanted`. Raises NotFound, Ambiguous."""
        wanted = wanted.lower()
        found = [one for one in self.rejections() if one.id.startswith(wanted) and len(wanted) >= PREFIX_MIN]
        if not found:
            hint = "`memctl review --list --rejected` lists what was"
            raise NotFound(f"no proposal {wanted} was rejected", hint=hint)
        if len(found) > 1:
            raise Ambiguous(f"{wanted} is the start of {len(found)} ids", hint="give more digits")
        return found[0]

    def load(self) -> list[dict[str, list[str]]]:
        """Every tombstone's hashes; damaged ones are passed over."""
        found = []
        for name in self._names():
            try:
                raw, _ = files.read_regular(os.path.join(self.folder, name), 1 << 16)
                content = json.loads(raw)
                hashes = {part: [str(h) for h in content[part]] for part in ("exact", "words")}
                hashes["id"] = [name.removesuffix(".json")]
                found.append(hashes | ({"key": [str(content["key"])]} if "key" in content else {}))
            except (OSError, ValueError, KeyError, TypeError):
                continue
        return found

    def _names(self) -> list[str]:
        try:
            return sorted(n for n in files.names(self.folder) if n.endswith(".json"))
        except FileNotFoundError:
            return []

    def stops(self, proposal: Proposal, buried: list[dict[str, list[str]]]) -> str:
        """The id of the one of `buried` (from `load`) that says what `proposal` says, else ""."""
        if not buried:
            return ""
        keys = {tuple(other.get("key", ())) for other in buried}
        mine = {key: _hashes(proposal, bytes.fromhex(*key) if key else self._key()) for key in keys}
        found = (other for other in buried if _same(mine[tuple(other.get("key", ()))], other))
        return next((other["id"][0] for other in found), "")

    def _key(self) -> bytes:
        """The key of this directory's hashes, made once. Raises WriteFailed."""
        path = os.path.join(self.folder, "key")
        try:
            return files.read_regular(path, 64)[0]
        except FileNotFoundError:
            pass
        try:
            places.make_private(self.folder)
            files.write_private(path, os.urandom(32))
            return files.read_regular(path, 64)[0]
        except OSError as error:
            raise write_failed(error, self.folder) from error


def with_key(content: bytes, key: bytes, own: bytes) -> bytes:
    """The bytes of a tombstone that was made with `key`, for a directory whose key is `own`."""
    try:
        found = json.loads(content)
        if key != own:
            found.setdefault("key", key.hex())
    except (ValueError, AttributeError):
        return content
    return json.dumps(found).encode() + b"\n"


def _same(mine: dict[str, list[str]], other: dict[str, list[str]]) -> bool:
    if set(mine["exact"]) & set(other["exact"]):
        return True
    pairs = list(zip(mine["words"], other["words"], strict=False))
    return bool(pairs) and sum(a == b for a, b in pairs) / len(pairs) >= ALIKE


def _hashes(proposal: Proposal, key: bytes) -> dict[str, list[str]]:
    versions = _versions(proposal)
    if versions:
        return {"exact": [_hash(versions, key)], "words": []}
    # a skill quotes what memories of the same session quote, and neither says what the other does
    apart = f"{proposal.operation}\0" if proposal.kind.is_skill else ""
    fact = proposal.fact.split("\n\n**", 1)[0] if proposal.kind.writes else ""
    exact = _of_words(proposal, fact, apart) if fact else [_of_removal(proposal)]
    return {
        "exact": [_hash(text, key) for text in exact],
        "words": _signature([apart + word for word in _words(fact)], key),
    }


def _versions(proposal: Proposal) -> str:
    """What a proposal is known by that is about these versions of memories, however it is worded; "" of what
    a session said."""
    if proposal.full:  # the memory says so still: only this shortening of this version was rejected
        return f"full\0{proposal.full}"
    if not proposal.is_dreamt:
        return ""
    seen = "\0".join(sorted(target.seen for target in proposal.targets))
    return f"dream\0{'join' if proposal.kind.replaces else proposal.operation}\0{seen}"


def _of_words(proposal: Proposal, fact: str, apart: str) -> list[str]:
    texts = (_normal(fact), _normal(proposal.description))
    exact = [f"{proposal.operation}\0{text}" for text in texts if len(text) >= 8]
    if len(proposal.targets) < 2:  # what several memories say may be a reason for many proposals
        exact += [f"{apart}quote\0{e.turn}\0{_normal(e.quote)}" for e in proposal.evidence]
    return exact


def _of_removal(proposal: Proposal) -> str:
    # of an offer to remove, what was offered: other evidence that changes is a new reason
    measured = proposal.evidence if proposal.engine == "verify" else ()
    reasons = "\0".join(f"{e.turn}\0{e.quote}" for e in measured)
    touched = "".join(f"{text}\0" for text in (*proposal.others, proposal.tier) if text)
    return f"{proposal.operation}\0{proposal.name}\0{touched}{reasons}"


def _normal(text: str) -> str:
    return " ".join(_TOKEN.findall(text.casefold()))


def _words(text: str) -> list[str]:
    return sorted({w for w in _TOKEN.findall(text.casefold()) if w not in _STOP})


def _hash(text: str, key: bytes, salt: int = 0) -> str:
    digest = blake2b(
        text.encode("utf-8", "surrogatepass"), digest_size=8, key=key, salt=salt.to_bytes(16, "big")
    )
    return digest.hexdigest()


def _signature(words: Iterable[str], key: bytes) -> list[str]:
    listed = list(words)
    if len(listed) < 3:
        return []  # too few words to know a fact again by
    return [min(_hash(word, key, salt) for word in listed) for salt in range(1, SIGNATURE + 1)]
