"""The index as text: pointers change, what a person wrote does not."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memctl.domain.change import Change, Write
from memctl.format import drift, index, links, pointers, topic

HAND = """---
owner: me
---
# Memory

Some prose about [one](one.md) that stays.

## Rules
- [One](one.md) — the first
* [Two](two.md): hand-written
  goes on here
<!-- - [Hidden](hidden.md) — commented out -->

```
- [Code](code.md) — an example
```

| table | of |
| --- | --- |
"""

stems = st.text(string.ascii_lowercase + "-_ é漢", min_size=1, max_size=12).map(str.strip).filter(bool)
files = stems.filter(lambda s: s != "memory").map(lambda s: s + ".md")


def ids(text: str, known: list[str]) -> list[str]:
    return [f.id.removeprefix("index.") for f in drift.check(text, known)]


def test_pointers_skip_frontmatter_comments_and_code() -> None:
    assert [(p.line, p.file) for p in index.pointers(HAND)] == [(6, "one.md"), (9, "one.md"), (10, "two.md")]


def test_a_full_index_has_no_orphans_and_what_is_kept_out_is_told() -> None:
    assert ids("- [A](a.md)\n", ["a.md", "b.md"]) == ["orphan"]
    assert ids("- [A](a.md)\n" + "prose\n" * 179, ["a.md", "b.md"]) == []
    assert ids("- [A](a.md)\n" + "x" * 22_500, ["a.md", "b.md"]) == []
    text, out = "- [A](a.md)\n- [B](b.md) and [C](c.md)\n", {"a.md": "cold", "c.md": "warm", "d.md": "cold"}
    (found,) = drift.check(text, ["a.md", "b.md", "c.md", "d.md"], out)
    assert (found.id, found.severity, found.line) == ("index.tier", "note", 1)


def test_a_new_pointer_goes_after_the_last_item_and_its_continuation() -> None:
    new = index.upsert(HAND, "three.md", "Three", "third")
    assert new == HAND.replace("goes on here\n", "goes on here\n- [Three](three.md) — third\n")


def test_an_empty_index_gets_a_title() -> None:
    assert index.upsert("", "a.md", "A", "s") == "# Memory Index\n\n- [A](a.md) — s\n"


def test_a_generated_pointer_is_rewritten_in_place() -> None:
    text = "# I\n- [A](a.md) — old\n- [B](b.md) — b\n"
    assert index.upsert(text, "a.md", "A", "new") == text.replace("old", "new")


@pytest.mark.parametrize(
    "line",
    [
        "* [A](a.md): mine",
        "- **[A](a.md)** — mine",
        "- see [A](a.md) and [B](b.md)",
        "1. [A](a.md)",
        "| [A](a.md) | x |",
    ],
)
def test_a_pointer_composed_by_a_person_stays(line: str) -> None:
    text = f"# I\n{line}\n"
    assert index.upsert(text, "a.md", "A", "new") == text


def test_a_missing_line_end_and_crlf_are_respected() -> None:
    assert index.upsert("- [A](a.md) — a", "b.md", "B", "b") == "- [A](a.md) — a\n- [B](b.md) — b"
    crlf = index.upsert("# I\r\n\r\n- [A](a.md) — a\r\n", "b.md", "B", "b")
    assert crlf == "# I\r\n\r\n- [A](a.md) — a\r\n- [B](b.md) — b\r\n"


def test_remove_takes_the_item_and_leaves_prose() -> None:
    new = index.remove(HAND, "one.md")
    assert "Some prose about one that stays." in new
    assert "- [One]" not in new
    assert "[Two](two.md)" in new


def test_rename_keeps_titles_that_were_chosen() -> None:
    new = index.rename("- [Chosen](a.md) — s\n- [a](a.md#part)\n", "a.md", "b c.md", "b c")
    assert new == "- [Chosen](b%20c.md) — s\n- [b c](b%20c.md#part)\n"
    assert {p.file for p in index.pointers(new)} == {"b c.md"}


@pytest.mark.parametrize(
    "target",
    ["../a.md", "/etc/a.md", "https://x/a.md", "a\\b.md", "%2e%2e/a.md", "~/a.md", "a.txt", "MEMORY.md"],
)
def test_links_elsewhere_are_no_pointers(target: str) -> None:
    assert index.pointers(f"- [x]({target}) — y\n") == ()


@given(text=st.text(max_size=300), file=files, title=st.text(max_size=30), summary=st.text(max_size=300))
def test_upsert_then_remove_gives_the_text_back(text: str, file: str, title: str, summary: str) -> None:
    text = text.replace("\r", "").replace("<", "").replace("`", "").replace("~", "").replace("---", "")
    text = text + "\n" if text and not text.endswith("\n") else text
    if any(p.file == file for p in index.pointers(text)):
        return
    new = index.upsert(text, file, title, summary)
    assert [p.file for p in index.pointers(new)].count(file) == 1
    assert index.remove(new, file).strip("\n") == (text.strip("\n") if text.strip() else index.TITLE)


@given(files, st.text(max_size=60), st.text(max_size=400))
def test_a_pointer_is_one_line_of_at_most_150_characters(file: str, title: str, summary: str) -> None:
    line = links.pointer_line(file, title[:60], summary)
    assert "\n" not in line
    assert len(line) <= links.POINTER_MAX
    assert [p.file for p in index.pointers(line)] == [file]


def test_check_names_every_drift() -> None:
    text = "- [A](a.md) — a\n- [Gone](gone.md) — g\n- [A](a.md) — again\n- [L](l.md) — " + "x" * 200 + "\n"
    assert sorted(ids(text, ["a.md", "l.md", "orphan.md"])) == [
        "dead-pointer",
        "duplicate-pointer",
        "long-line",
        "orphan",
    ]


def test_sync_repairs_what_check_reports_and_nothing_else() -> None:
    new = index.sync(HAND, [("two.md", "Two", "x"), ("new.md", "New", "n")])
    assert not [i for i in ids(new, ["two.md", "new.md"]) if i in ("orphan", "dead-pointer")]
    assert "* [Two](two.md): hand-written\n  goes on here\n- [New](new.md) — n" in new


def test_budget_counts_what_a_session_loads() -> None:
    text = "---\nx: y\n---\n<!-- a\nb -->\n" + "".join(f"- [{i}]({i}.md) — s\n" for i in range(250))
    measured = drift.budget(text)
    assert measured.cut_line is not None
    cut = text.split("\n")[measured.cut_line - 1]
    assert cut == "- [199](199.md) — s"  # an empty line stands where the comment was
    assert drift.budget("- short\n").cut_line is None


def test_bytes_have_a_budget_too() -> None:
    assert drift.budget("".join(f"- {'漢' * 100}{i}\n" for i in range(100))).cut_line == 83


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("", False),
        ("# Memory\n", False),
        ("# M\n\n- [A](a.md) — x\n", False),
        ("# M\n\n| file | what |\n| --- | --- |\n| [a](a.md) | x |\n| b.md | y |\n", True),
        ("# Notes\n\n" + "A paragraph of prose.\n\n" * 8, True),
    ],
)
def test_a_table_or_a_notebook_is_recognised(text: str, foreign: bool) -> None:
    assert bool(drift.is_foreign(text)) == foreign


def test_very_many_changed_descriptions_are_one_reading_of_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []
    real = links.pointers
    monkeypatch.setattr(links, "pointers", lambda text: reads.append(len(text)) or real(text))
    files = [f"m{number}.md" for number in range(300)]
    old = {f: topic.encode(f[:-3], f"old of {f}", "x\n", {}) for f in files}
    writes = tuple(Write(f, topic.encode(f[:-3], f"new of {f}", "x\n", {}), "seen") for f in files)
    text = index.append("", [(f, f[:-3], f"old of {f}") for f in files])
    made = pointers.after(text.encode(), Change("save", writes), old, str, lambda _: ()).content
    assert made is not None
    assert made.decode() == text.replace("old of", "new of")
    assert sum(length > 1000 for length in reads) < 10
