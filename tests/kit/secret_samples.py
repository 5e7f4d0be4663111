"""Made-up secrets and look-alikes. No secret is written out in the repository: shapes are filled at run time.

In a shape, `{a36}` is 36 letters and digits, and so on by the table `ALPHABETS`; `{uuid}` is a UUID,
`{basic}` base64 of a login; `⏎` is a newline. A prefix is split by `|`, which vanishes, so that no scanner
takes the lists for what they test.
"""

import base64
import random
import re
import string
import uuid
from pathlib import Path

ALPHABETS = {
    "a": string.ascii_letters + string.digits,
    "l": string.ascii_lowercase + string.digits,
    "m": string.ascii_lowercase,
    "u": string.ascii_uppercase + string.digits,
    "h": "0123456789abcdef",
    "d": "0123456789",
    "s": string.ascii_letters + string.digits + "_-",
    "b": string.ascii_letters + string.digits + "+/",
    "t": "abcdefghijklmnopqrstuvwxyz234567",
}
_HERE = Path(__file__).parent


def fill(shape: str, seed: int = 0) -> str:
    """`shape` with its braces filled from a generator seeded by the shape and `seed`."""
    rng = random.Random(f"{shape}{seed}")
    return re.sub(r"\{(?:([a-z])(\d+)|uuid|basic)\}", lambda match: _run(match, rng), shape.replace("|", ""))


def _run(match: re.Match[str], rng: random.Random) -> str:
    if match.group() == "{uuid}":
        return str(uuid.UUID(int=rng.getrandbits(128), version=4))
    if match.group() == "{basic}":
        return base64.b64encode(f"svc:{rng.getrandbits(60):x}Q!".encode()).decode()
    letter, length = match.group(1), int(match.group(2))
    value = "".join(rng.choice(ALPHABETS[letter]) for _ in range(length))
    if letter in "alsb" and length > 4:  # a real one of this length has a digit and a letter
        return "k7" + value[2:]
    return value


def _lines(name: str) -> list[str]:
    lines = (_HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.replace("⏎", "\n") for line in lines if line and not line.startswith("# ")]


KINDS = [(rule, shape) for rule, _, shape in (line.partition(" ") for line in _lines("secret_kinds.txt"))]
"""(rule id, shape) of secrets."""

LOOKALIKES = _lines("secret_lookalikes.txt")
"""Shapes of what looks like a secret and is none."""
