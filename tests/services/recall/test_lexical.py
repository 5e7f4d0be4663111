"""The lexical selector: what it finds, in which order, and when it says nothing."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memctl.places import queries_file
from memctl.services.recall import lexical
from memctl.services.recall.explanation import Explanation, explain
from memctl.store.search import anticipated
from tests.kit.topics import write_topic


@pytest.fixture
def kept(memory_dir: Path) -> str:
    """Where the anticipated queries of `memory_dir` are kept."""
    return queries_file(str(memory_dir))


def found(directory: Path, query: str, **more: object) -> list[str]:
    return [hit.file for hit in lexical.recall(str(directory), query, **more).hits]  # type: ignore[arg-type]


@pytest.fixture
def project(memory_dir: Path) -> Path:
    """A small folder of plausible memories."""
    write_topic(
        memory_dir, "deploy-friday", "Never deploy to production on a Friday", "Rollbacks need two people."
    )
    write_topic(
        memory_dir,
        "use-pnpm",
        "Use pnpm, not npm, for installing packages",
        "The lock file is pnpm-lock.yaml.",
    )
    write_topic(
        memory_dir, "db-timeouts", "Database connection timeouts are set in settings.toml", "pool_size too."
    )
    write_topic(
        memory_dir, "test-naming", "Tests are named after behaviour", "test_rejects_empty_name, never test1."
    )
    write_topic(memory_dir, "user-vim", "The user edits in vim and dislikes long lines", type="user")
    write_topic(memory_dir, "数据库备份", "每天晚上备份数据库", "备份保存在对象存储里。")
    return memory_dir


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("can I deploy to production today?", "deploy-friday.md"),
        ("deploying on fridays", "deploy-friday.md"),  # stems
        ("how do I install a package", "use-pnpm.md"),
        ("why does the connection time out: database timeout", "db-timeouts.md"),
        ("rename test_rejects_empty_name", "test-naming.md"),  # identifiers, body only
        ("poolSize of the DB", "db-timeouts.md"),  # camelCase finds snake_case
        ("what is in pnpm-lock.yaml?", "use-pnpm.md"),
        ("数据库怎么备份", "数据库备份.md"),
        ("备份", "数据库备份.md"),
    ],
)
def test_finds(project: Path, query: str, first: str) -> None:
    assert found(project, query)[:1] == [first]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "?!",
        "the of and",
        "what is it",
        "best sourdough bread recipe",
        "кошки и собаки",
        "今天天气",
        "\0",
        "🙂",
    ],
)
def test_says_nothing_when_nothing_fits(project: Path, query: str) -> None:
    assert found(project, query) == []


def test_everyday_words_alone_are_no_evidence(memory_dir: Path) -> None:
    write_topic(memory_dir, "a", "use the new thing for work")
    write_topic(memory_dir, "b", "something else entirely")
    assert found(memory_dir, "what should I use to make bread at work") == []


def test_the_header_weighs_more_than_the_body(memory_dir: Path) -> None:
    write_topic(memory_dir, "in-body", "release notes", "once, kubernetes was mentioned here")
    write_topic(memory_dir, "in-head", "kubernetes namespaces", "release notes")
    write_topic(memory_dir, "neither", "walrus")
    assert found(memory_dir, "kubernetes") == ["in-head.md", "in-body.md"]


def test_recency_within_a_day_only_breaks_ties(memory_dir: Path) -> None:
    write_topic(memory_dir, "x-old", "zebra stripes", age=9000)
    write_topic(memory_dir, "y-new", "zebra stripes", age=10)
    write_topic(memory_dir, "z-best", "zebra stripes zebra stripes", age=80_000)  # of the same day
    assert found(memory_dir, "zebra stripes")[:3] == ["z-best.md", "y-new.md", "x-old.md"]


def test_equal_memories_come_in_a_stable_order(memory_dir: Path) -> None:
    for name in "cab":
        path = write_topic(memory_dir, name, "zebra stripes", modified="2026-01-01T00:00:00.000Z")
        path.write_text(path.read_text().replace(f"name: {name}", "name: same"))
    assert found(memory_dir, "zebra stripes") == ["a.md", "b.md", "c.md"]


def test_at_most_limit(memory_dir: Path) -> None:
    for number in range(9):
        write_topic(memory_dir, f"m{number}", "zebra stripes")
    assert len(found(memory_dir, "zebra stripes")) == 5
    assert len(found(memory_dir, "zebra stripes", limit=7)) == 7


def test_what_was_surfaced_is_left_out_and_the_next_moves_up(memory_dir: Path) -> None:
    for number in range(7):
        write_topic(memory_dir, f"m{number}", "zebra stripes", age=number + 10)
    assert found(memory_dir, "zebra stripes", exclude=frozenset({"m0.md", "m1"})) == [
        f"m{n}.md" for n in range(2, 7)
    ]


def test_expired_and_superseded_are_not_recalled(memory_dir: Path) -> None:
    write_topic(memory_dir, "past", "zebra stripes", expires="2026-01-01")
    write_topic(memory_dir, "future", "zebra stripes", expires="2096-01-01")
    write_topic(memory_dir, "replaced", "zebra stripes", supersededBy="future")
    assert found(memory_dir, "zebra stripes") == ["future.md"]
    assert found(memory_dir, "zebra stripes", now=1.0) != ["future.md"]
    assert [h.file for h in lexical.candidates(str(memory_dir), "zebra").hits] == ["future.md"]
    assert len(lexical.headers(str(memory_dir)).hits) == 3


def test_the_answer_carries_the_header(project: Path) -> None:
    from memctl.format.topic import decode

    answer = lexical.recall(str(project), "database timeouts")
    hit = answer.hits[0]
    memory = decode((project / hit.file).read_bytes(), hit.file)
    assert (hit.name, hit.description, hit.type) == (memory.name, memory.description, memory.type)
    assert (hit.fingerprint, hit.warnings) == (memory.fingerprint, memory.warnings)
    assert answer.scanned == 6
    assert answer.candidates >= 1
    assert hit.score is not None


def test_anticipated_queries_find_what_words_cannot(project: Path, kept: str) -> None:
    query = "ship it this afternoon before the weekend"
    assert found(project, query) == []
    memory = project / "deploy-friday.md"
    key = anticipated.content_key("Never deploy to production on a Friday", "Rollbacks need two people.\n")
    anticipated.append(kept, {key: ["shall we ship before the weekend?", "¿puedo publicar hoy?"]})
    answer = lexical.recall(str(project), query)
    assert [hit.file for hit in answer.hits] == ["deploy-friday.md"]
    assert answer.hits[0].anticipated == "shall we ship before the weekend?"
    assert found(project, "publicar algo hoy") == ["deploy-friday.md"]
    memory.rename(project / "renamed.md")  # the same content keeps them
    assert found(project, query) == ["renamed.md"]
    (project / "renamed.md").write_text("---\ndescription: other\n---\nOther fact.\n")  # another does not
    assert found(project, query) == []


def test_queries_in_the_header_count_too(project: Path, kept: str) -> None:
    path = project / "deploy-friday.md"
    text = path.read_text().replace(
        "metadata:\n", "metadata:\n  anticipated:\n    - ship before the weekend\n"
    )
    path.write_text(text)
    query = "ship it this afternoon before the weekend"
    for _ in range(2):
        assert found(project, query) == ["deploy-friday.md"]
    anticipated.append(kept, {"sha256:other": ["unrelated words"]})
    assert found(project, query) == ["deploy-friday.md"]


def test_many_anticipated_queries_do_not_win_by_number(memory_dir: Path, kept: str) -> None:
    write_topic(memory_dir, "many", "alpha")
    write_topic(memory_dir, "one", "beta")
    write_topic(memory_dir, "rest", "gamma")
    anticipated.append(
        kept,
        {
            anticipated.content_key("alpha", ""): [
                f"zebra question {word}" for word in ("a1", "b2", "c3", "d4")
            ],
            anticipated.content_key("beta", ""): ["zebra stripes question"],
        },
    )
    assert found(memory_dir, "zebra stripes")[0] == "one.md"


def test_candidates_never_abstain_and_fill_up_with_the_newest(project: Path) -> None:
    write_topic(project, "brand-new", "walrus", age=0)
    hits = lexical.candidates(str(project), "database timeouts", 3).hits
    assert hits[0].file == "db-timeouts.md"
    assert len(hits) == 3
    nothing = lexical.candidates(str(project), "sourdough bread", 2).hits
    assert nothing[0].file == "brand-new.md"
    assert len(lexical.candidates(str(project), "", 200).hits) == 7
    left = lexical.candidates(str(project), "", 200, exclude=frozenset({"brand-new.md"})).hits
    assert "brand-new.md" not in [hit.file for hit in left]


def test_candidates_are_cut_by_relevance_and_not_by_age(memory_dir: Path) -> None:
    write_topic(memory_dir, "needle", "zebra stripes", age=10**7)
    for number in range(300):
        write_topic(memory_dir, f"m{number}", f"recent note {number}", age=10)
    assert lexical.candidates(str(memory_dir), "zebra", 200).hits[0].file == "needle.md"


class TestTrace:
    """`why` names the stage at which a memory left."""

    @pytest.fixture
    def told(self, project: Path) -> Explanation:
        write_topic(project, "old-db", "Database timeouts of the old server", expires="2020-01-01")
        write_topic(project, "other-db", "Database timeouts are also counted")
        query, exclude = "database connection timeouts settings vim", frozenset({"other-db.md"})
        return explain(str(project), query, limit=1, exclude=exclude, now=time.time())

    @pytest.mark.parametrize(
        ("file", "said"),
        [
            ("db-timeouts.md", "was returned, rank 1"),
            ("user-vim.md", "is rank 2 and at most 1"),
            ("old-db.md", "expired"),
            ("other-db.md", "excluded"),
            ("use-pnpm.md", "shares no word"),
            ("nowhere.md", "is not in the memory directory"),
        ],
    )
    def test_stages(self, told: Explanation, file: str, said: str) -> None:
        assert said in told.sentence(file)

    def test_terms_and_points(self, told: Explanation) -> None:
        assert [term["stem"] for term in told.terms][:2] == ["databas", "connect"]
        words = told.files["db-timeouts.md"]["words"]
        assert isinstance(words, dict)
        assert set(words) == {"database", "connection", "timeouts", "settings"}

    def test_abstention(self, project: Path) -> None:
        told = explain(str(project), "publish the bread recipe book", now=time.time())
        assert told.answer.hits == []
        assert "too little in common" in told.sentence("deploy-friday.md")


class TestEvidence:
    """What is enough in common to be answered."""

    def test_more_words_and_unknown_ones_do_not_silence_a_hit(self, project: Path) -> None:
        query = "vim"
        for more in (
            "settings",
            "with zebra blorp quux",
            "and many other interesting adventures tomorrow morning",
        ):
            query = f"{query} {more}"
            assert "user-vim.md" in found(project, query)

    @pytest.mark.parametrize("size", [3, 120])
    def test_one_rare_word_is_enough_however_many_memories_there_are(
        self, memory_dir: Path, size: int
    ) -> None:
        for number in range(size):
            write_topic(memory_dir, f"m{number}", f"note {number} about the backend service")
        write_topic(memory_dir, "till", "The checkout keeps its state in the URL")
        assert found(memory_dir, "what about the checkout?") == ["till.md"]

    def test_a_word_finds_its_neighbours_and_loses_to_itself(self, memory_dir: Path) -> None:
        write_topic(memory_dir, "wombat", "Deploys go through the wombat pipeline")
        write_topic(memory_dir, "pets", "The office dog is called Rufus")
        assert found(memory_dir, "how do I deploy this service to production") == ["wombat.md"]
        assert found(memory_dir, "ship it") == ["wombat.md"]
        write_topic(memory_dir, "boats", "We ship replacement parts by boat")
        assert found(memory_dir, "ship it") == ["boats.md", "wombat.md"]

    def test_nearly_one_word_of_several_is_no_evidence(self, memory_dir: Path) -> None:
        write_topic(memory_dir, "wombat", "Deploys go through the wombat pipeline")
        assert found(memory_dir, "publish a sourdough recipe book") == []

    def test_the_very_form_comes_before_the_common_stem(self, memory_dir: Path) -> None:
        write_topic(memory_dir, "common", "The universe of discourse is typed", age=1)
        write_topic(memory_dir, "rare", "The university of logins is typed", age=9000)
        assert found(memory_dir, "university")[0] == "rare.md"

    def test_a_paste_breaks_ties_and_no_more(self, project: Path) -> None:
        diff = "diff --git a/x b/x\n@@ -1 +1 @@\n-vim editor lines\n+walrus\n context"
        assert found(project, f"how is the database backed up? timeouts?\n{diff}")[:1] == ["db-timeouts.md"]
        assert "user-vim.md" not in found(project, f"database timeouts\n{diff}")


HOSTILE = [
    '"', '" OR 1=1 --', "NEAR(a b)", "a* AND b", "^head", "head:deploy", "{head}:x", "deploy OR",
    "NOT deploy",
    "(", "-", "';drop table docs;--", "a" * 100_000, "deploy " * 20_000, "%s%n", "\ud800",
    "deploy\0production",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_hostile_queries_do_no_harm(project: Path, query: str) -> None:
    found(project, query)
    assert found(project, "database timeouts")[0] == "db-timeouts.md"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=80))
def test_any_query_is_answered_with_files_of_the_directory(project: Path, query: str) -> None:
    known = {path.name for path in project.iterdir()}
    hits = found(project, query)
    assert set(hits) <= known
    assert len(hits) == len(set(hits)) <= 5


def test_a_question_with_a_pasted_log_is_answered_by_its_rare_words(project: Path) -> None:
    log = "\n".join(
        f"2026-11-20T02:31:{n % 60:02d} INFO worker-{n} handled request id={n * 7919:x}" for n in range(200)
    )
    assert len(log) > 10_000
    hits = found(project, f"{log}\nERROR database connection timeouts in settings.toml")
    assert hits[:1] == ["db-timeouts.md"]


def test_a_missing_directory_is_empty_and_a_file_is_an_error(tmp_path: Path) -> None:
    assert found(tmp_path / "nowhere", "zebra") == []
    assert lexical.headers(str(tmp_path / "nowhere")).hits == []
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        found(tmp_path / "file", "zebra")


HEAVY = set(
    "re json typing pathlib dataclasses hashlib subprocess logging typer rich yaml anthropic platformdirs random"
    " shutil tempfile enum inspect ctypes socket numpy threading contextlib urllib asyncio email http".split()
)


@pytest.mark.parametrize("changed", [False, True])
def test_the_hot_path_imports_nothing_heavy(project: Path, changed: bool) -> None:
    """Neither an unchanged directory nor a changed file loads what would cost more than the answer."""
    for name in ("a", "b"):
        write_topic(project, name, "walrus")
    found(project, "zebra")
    if changed:
        write_topic(project, "a", "walrus again", age=50)
    code = (
        "import sys; before = set(sys.modules)\n"
        "from memctl.services.recall.lexical import recall\n"
        f"recall({str(project)!r}, 'database timeouts')\n"
        "print(' '.join(sorted(set(sys.modules) - before)))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())


def test_time_is_a_parameter(memory_dir: Path) -> None:
    write_topic(memory_dir, "a", "zebra stripes", expires="2026-06-01")
    before, after = 1780000000.0, 1790000000.0
    assert found(memory_dir, "zebra stripes", now=before) == ["a.md"]
    assert found(memory_dir, "zebra stripes", now=after) == []
    assert time.time() > 0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("can we ship on friday?", ["deploys.md"]),
        ("npm install", ["client.md"]),
        ("friday plans of the new intern", ["deploys.md"]),
        ("ship it", ["deploys.md"]),
        ("which package manager?", ["client.md"]),
        ("what is the capital of france?", []),
    ],
)
def test_a_directory_of_two_answers_as_a_larger_one_would(
    tmp_path: Path, query: str, found: list[str]
) -> None:
    directory = tmp_path / "two"
    directory.mkdir()
    texts = {
        "client": "The web client is built with pnpm; npm breaks its workspace links",
        "deploys": "Production deploys go out Tuesday to Thursday, never on a Friday",
    }
    for name, text in texts.items():
        (directory / f"{name}.md").write_text(f"---\nname: {name}\ndescription: {text}\n---\n{text}\n")
    assert [hit.file for hit in lexical.recall(str(directory), query).hits] == found


def test_what_only_shares_everyday_words_does_not_come_along(tmp_path: Path) -> None:
    directory = tmp_path / "three"
    directory.mkdir()
    texts = {
        "pnpm": "The web client installs its dependencies with pnpm, never with npm",
        "plain": "Mira is new to the backend and wants short explanations",
        "window": "Deploys go out on Tuesdays",
    }
    for name, text in texts.items():
        (directory / f"{name}.md").write_text(f"---\nname: {name}\ndescription: {text}\n---\n{text}\n")
    told = explain(str(directory), "install a new npm dependency", now=time.time())
    assert [hit.file for hit in told.answer.hits] == ["pnpm.md"]
    assert "fits much less" in told.sentence("plain.md")
