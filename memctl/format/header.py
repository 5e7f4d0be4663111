"""The frontmatter of a topic file, read leniently: bytes in, keys and body out.

Claude Code and people write flat `key: value` lines, with one level of indented keys below `metadata:`,
often with colons and ` #` that strict YAML would refuse or cut. That subset is read here by hand, every
value as text, so that a description is never lost to YAML's rules; anything richer (block scalars, lists,
values over several lines) goes to PyYAML through python-frontmatter's handler, without tags, aliases or
implicit types, and within caps on size and depth.

On the hot path (one changed file is re-read here): imports nothing at module level.
"""

TYPE_CHECKING = False  # typing itself costs a hook its time
if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD_MAX = 64 * 1024
"""Bytes of frontmatter that are parsed: a manifest shows 150 characters of it."""

BOM = "\ufeff"
_BLOCK_MARKS = ("|", ">", "[", "{", "&", "*", "!", "%", "@", "`")


class Head:
    """What one file's bytes say: `keys`, the `body` text, `warnings`, and where the parts lie.

    `start` and `end` are character offsets of the frontmatter's inner text in `text`; both are -1 when there
    is none. `damage` is the sentence why the file must not be rewritten, or "".
    """

    __slots__ = ("body", "damage", "end", "keys", "start", "text", "warnings")

    def __init__(self, text: str) -> None:
        self.text = text
        self.keys: dict[str, object] = {}
        self.body = text
        self.start = -1
        self.end = -1
        self.warnings: list[str] = []
        self.damage = ""

    def spoil(self, why: str) -> None:
        """Note the damage `why`, also as a warning."""
        self.damage = why
        self.warnings.append(why)


def read(raw: bytes) -> Head:
    """Decode `raw`, split off the frontmatter and parse it. Never raises."""
    return _read_plain(raw) or read_leniently(raw)


def read_leniently(raw: bytes) -> Head:
    """What `read` gives, without its short cut for files in the usual form."""
    head = Head("")
    head.text = _decode(raw, head)
    head.start, head.end, body = _bounds(head.text)
    head.body = head.text[body:]
    if head.start < 0:
        head.warnings.append("has no frontmatter")
        return head
    if head.end == body:
        head.spoil("line 1: frontmatter is not terminated; add a line `---` after it")
    inner = head.text[head.start : head.end]
    if len(inner) > HEAD_MAX:
        head.warnings.append(f"frontmatter is over {HEAD_MAX // 1024} KiB; only that much was read")
    head.keys = _parse(inner[:HEAD_MAX], head.warnings)
    return head


def body_start(text: str) -> int:
    """The character offset in `text` at which its frontmatter, or a byte order mark, is over."""
    return _bounds(text)[2]


_PLAIN_KEYS = frozenset(
    "name|description|type|originSessionId|  type|  node_type|  modified|  created|  originSessionId|  origin"
    "|  expires|  supersededBy|  supersedes|  pinned|  tier".split("|")
)
_NOT_PLAIN = frozenset("'|>[{&*!%@`#")


def _read_plain(raw: bytes) -> "Head | None":
    """A file in exactly the form that Claude Code and memctl write; None for any other.

    A third of the cost of the lenient reader, which matters when ten thousand files are indexed at once; a
    property test holds the two equal.
    """
    end = raw.find(b"\n---\n", 3)
    if raw[:4] != b"---\n" or not 3 < end < HEAD_MAX or b"\0" in raw or b"\r" in raw[:end]:
        return None
    try:
        head = Head(raw.decode())
    except UnicodeDecodeError:
        return None
    end = end if head.text.isascii() else head.text.find("\n---\n", 3)
    keys = _plain_keys(head.text[4:end])
    if keys is None:
        return None
    head.start, head.end, head.keys, head.body = 4, end + 1, keys, head.text[end + 5 :]
    return head


def _plain_keys(inner: str) -> "dict[str, object] | None":
    """The keys of a plain header; None when it is not plain."""
    keys: dict[str, object] = {}
    nested: dict[str, object] = {}
    group = keys
    for line in inner.split("\n"):
        key, _, value = line.partition(": ")
        if line in ("metadata:", "metadata: ") and "metadata" not in keys:
            keys["metadata"] = group = nested
            continue
        text = _plain_value(value.strip())
        if key[:1] != " ":
            group = keys
        if not text or key not in _PLAIN_KEYS or (key[0] == " ") != (group is nested):
            return None
        key = key.lstrip()
        if key in group:
            return None
        group[key] = text
    if keys.get("metadata") == {}:
        keys["metadata"] = ""
    return keys


def _plain_value(value: str) -> str:
    """The text of a value on which no rule of YAML bears; "" for any other."""
    if not value or value[0] in _NOT_PLAIN or "  # " in value:
        return ""
    if value[0] != '"':
        return value
    return value[1:-1] if value.find('"', 1) == len(value) - 1 and "\\" not in value else ""


def _decode(raw: bytes, head: Head) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head.spoil("is UTF-16; save it as UTF-8")
        return raw.decode("utf-16", "replace")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        head.spoil(f"line {raw.count(bytes([10]), 0, error.start) + 1}: is not valid UTF-8")
        text = raw.decode("utf-8", "replace")
    if "\0" in text:
        head.spoil(f"line {text.count(chr(10), 0, text.index(chr(0))) + 1}: holds a NUL byte")
    return text


def _bounds(text: str) -> "tuple[int, int, int]":
    """Where the frontmatter's inner text starts and ends, and where the body starts, as character offsets.

    Start and end are -1 when there is none; an end at the body says that the closing line is missing.
    """
    at = 1 if text.startswith(BOM) else 0
    first = text.find("\n", at)
    if text[at : first if first >= 0 else len(text)].rstrip() != "---":
        return -1, -1, at
    start = first + 1 if first >= 0 else len(text)
    for line, stop in _lines(text, start):
        if text.startswith("---", line) and not text[line:stop].rstrip()[3:]:
            return start, line, min(stop + 1, len(text))
    # unterminated: it most likely ends before the first line that is no key
    no_keys = (line for line, stop in _lines(text, start) if not key_of(text[line:stop].strip()))
    end = next(no_keys, len(text))
    return start, end, end


def _lines(text: str, at: int) -> "Iterator[tuple[int, int]]":
    """Start and end of every line of `text` from the offset `at` on."""
    while at < len(text):
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        yield at, stop
        at = stop + 1


def key_of(line: str) -> str:
    """The key of a `key: value` line, or "" when the line is no such thing."""
    colon = line.find(":")
    if colon <= 0 or line[colon + 1 : colon + 2] not in ("", " ", "\t"):
        return ""
    key = line[:colon].strip("\"'").rstrip()
    return key if key.replace("-", "").replace("_", "").replace(".", "").isalnum() else ""


def _parse(inner: str, warnings: list[str]) -> dict[str, object]:
    keys, rich = _parse_flat(inner, warnings)
    if not rich:
        return keys
    from memctl.format import rich_yaml

    loaded = rich_yaml.parse(inner, warnings)
    if loaded is None:
        return keys
    # what is flat keeps its flat reading: YAML would cut it at " #"
    return {**loaded, **{k: v for k, v in keys.items() if k not in rich}}


def _parse_flat(inner: str, warnings: list[str]) -> tuple[dict[str, object], set[str]]:
    """Parse the flat subset; the second value names the top-level keys that need a YAML parser."""
    keys: dict[str, object] = {}
    group: dict[str, object] | None = None  # the mapping that indented lines belong to
    rich: set[str] = set()
    top, deep = "", 0
    for number, line in enumerate(inner.split("\n"), 2):
        bare = line.strip()
        if not bare or bare[0] == "#":
            continue
        key = key_of(bare)
        indented = len(line) - len(line.lstrip(" \t"))
        deep = indented if group == {} else deep
        if not key or not _fits(group, indented, deep):
            rich.add(top)
            continue
        if not indented:
            top, group = key, None
        target = keys if group is None else group
        if key in target:
            warnings.append(f"line {number}: key {key} stands twice; the first counts")
            continue
        value = bare[bare.find(":") + 1 :].strip()
        if not value and not indented:
            target[key] = group = {}
        elif not _set_scalar(target, key, value):
            rich.add(top)
    return {k: ("" if v == {} else v) for k, v in keys.items()}, rich


def _fits(group: "dict[str, object] | None", indented: int, deep: int) -> bool:
    """Whether a key stands at the margin, or as deep as the others of its mapping."""
    return not indented or (group is not None and indented == deep)


def _set_scalar(target: "dict[str, object]", key: str, value: str) -> bool:
    """Set `key` to the text of `value`; False when only a YAML parser can tell what it is."""
    scalar = _scalar(value)
    target[key] = value if scalar is None else scalar
    return scalar is not None


def _scalar(value: str) -> str | None:
    """The text of a one-line value; None when only a YAML parser can tell."""
    if not value:
        return ""
    bare = without_remark(value)
    if value[0] in "\"'":
        close = _closing_quote(bare, bare[0])
        if close == len(bare) - 1:
            return _unquote(bare)
        return None if close < 0 else value  # `"quoted" and more` is meant as plain text
    return None if value[0] in _BLOCK_MARKS else bare


def without_remark(value: str) -> str:
    """A one-line value without the comment behind it. Plain text ends at two blanks before "# ", for a single
    one is an issue number or a heading in prose."""
    if value[:1] in ("'", '"'):
        close = _closing_quote(value, value[0])
        return value[: close + 1] if close > 0 and value[close + 1 :].lstrip()[:1] == "#" else value
    remark = value.find("  # ")
    return value if remark < 0 else value[:remark].rstrip()


def _closing_quote(value: str, mark: str) -> int:
    at = 1
    while at < len(value):
        if value[at] == "\\" and mark == '"':
            at += 2
        elif value[at] == mark:
            if mark == "'" and value[at + 1 : at + 2] == "'":
                at += 2
                continue
            return at
        else:
            at += 1
    return -1


def _unquote(value: str) -> str:
    if value[0] == "'":
        return value[1:-1].replace("''", "'")
    if "\\" not in value:
        return value[1:-1]
    import yaml

    try:
        return str(yaml.load(value, Loader=yaml.CBaseLoader))  # noqa: S506 - BaseLoader makes text only
    except yaml.YAMLError:
        return value[1:-1]
