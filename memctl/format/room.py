"""The room of the index: which lines leave it so that a session loads all of it.

Only plain pointers may leave. Everything else (headings, prose, tables, comments, pointers in other styles)
is a person's own, and counts as room that is taken. Pure functions: text in, text out.
"""

from collections.abc import Callable, Collection, Iterable

from memctl.format import drift, index, links

Order = Callable[[Collection[tuple[str, str]]], Iterable[str]]
"""Of (file, what its line says) of pointers that may leave those that do, the least claim first."""


def fit(text: str, order: Order) -> tuple[str, tuple[str, ...]]:
    """`text` less the pointers of least claim that keep it from being loaded whole, and their files.

    Where what must stay is too long alone, nothing leaves.
    """
    if drift.budget(text).cut_line is None:
        return text, ()
    whole, text = text, _once(text)
    sizes = _plain(text)
    gone: list[str] = []
    lines, size = _excess(text)
    for file in order({(file, said) for file, (said, _, _) in sizes.items()}):
        if lines <= 0 and size <= 0:
            fitted = index.unlist(text, *gone)
            lines, size = _excess(fitted)  # what was counted of a line may have stood in a comment
            if lines <= 0 and size <= 0:
                return fitted, tuple(gone)
        gone.append(file)
        lines -= sizes[file][1]
        size -= sizes[file][2]
    fitted = index.unlist(text, *gone)
    return (whole, ()) if drift.budget(fitted).cut_line is not None else (fitted, tuple(gone))


def _once(text: str) -> str:
    """`text` less the plain pointers that stand in it letter by letter before: those leave first."""
    lines, seen = text.split("\n"), set[str]()
    plain = {p.line for p in index.pointers(text) if index.generated(p) and _is_whole(lines, p)}
    kept = []
    for number, line in enumerate(lines, 1):
        if number not in plain or line not in seen:
            kept.append(line)
        seen.add(line)
    return "\n".join(kept)


def is_movable(text: str, file: str, order: Order) -> bool:
    """Whether the pointers of `file` in `text` may leave it."""
    found = _plain(text).get(file)
    return found is not None and file in order({(file, found[0])})


def _excess(text: str) -> tuple[int, int]:
    """Lines and bytes of `text` over the budget."""
    size = drift.budget(text)
    return size.lines - drift.LINES_MAX, size.bytes - drift.BYTES_MAX


def _plain(text: str) -> dict[str, tuple[str, int, int]]:
    """Of each file whose items are all plain pointers: what they say, their lines and bytes."""
    found: dict[str, tuple[str, int, int]] = {}
    alone = set(index.items_alone(text, {pointer.file for pointer in index.pointers(text)}))
    foreign = set()
    lines = text.split("\n")
    for pointer in index.pointers(text):
        link = index.generated(pointer) if pointer.line in alone else ""
        if not link or not _is_whole(lines, pointer):
            foreign.add(pointer.file)
            continue
        said, count, size = found.get(pointer.file, ("", 0, 0))
        said += pointer.text[len(link) :].removeprefix(" — ") + " "
        whole = len(lines[pointer.line - 1].encode("utf-8", "surrogatepass")) + 1
        found[pointer.file] = said, count + 1, size + whole
    return {file: sizes for file, sizes in found.items() if file not in foreign}


def _is_whole(lines: list[str], pointer: links.Pointer) -> bool:
    """Whether the lines of a pointer's item hold it and nothing else, such as a comment."""
    return lines[pointer.line - 1].rstrip("\r") == pointer.text and not _goes_on(lines, pointer.line)


def _goes_on(lines: list[str], at: int) -> bool:
    """Whether the item on the line before `at` has indented lines of a person's own below it."""
    below = lines[at] if at < len(lines) else ""
    return below[:1] in (" ", "\t") and bool(below.strip()) and not links.lead(below)
