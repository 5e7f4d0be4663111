"""Anticipated queries stay with a memory, whatever becomes of its file and its text."""

from dataclasses import replace
from pathlib import Path

import pytest

from memctl.domain.memory import Memory
from memctl.places import queries_file
from memctl.services.recall import enrichment, lexical
from memctl.services.recall.queries import KeptQueries
from memctl.store.memory.memories import MemoryStore
from memctl.store.search import anticipated
from tests.kit.topics import write_topic

OLD = Memory(
    "a.md", b"", "a", "about a thing", "project", "The release goes out on Friday with the wombat.\n"
)


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("MEMCTL_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def kept(memory_dir: Path) -> KeptQueries:
    return KeptQueries(str(memory_dir))


def test_a_better_description_keeps_everything(kept: KeptQueries) -> None:
    kept.put({kept.key(OLD): ["ship it"]}, ["en"])
    new = replace(OLD, description="When the release goes out")
    kept.carry(OLD, new)
    assert (kept.of(new), kept.has(kept.key(new)), kept.languages(new)) == (["ship it"], True, {"en"})


def test_another_text_keeps_them_until_a_model_is_asked_anew(kept: KeptQueries, memory_dir: Path) -> None:
    key = kept.key(OLD)
    kept.put({key: ["ship it"]})
    kept.put({key: ["may I go home"]}, given=True)
    new = replace(OLD, body="It goes out on Monday.")
    kept.carry(OLD, new)
    fresh = KeptQueries(str(memory_dir))
    assert fresh.of(new) == ["may I go home", "ship it"]
    assert not fresh.has(fresh.key(new))
    fresh.put({fresh.key(new): ["is it out"]})
    assert fresh.of(new) == ["may I go home", "is it out"]
    assert fresh.has(fresh.key(new))
    fresh.replace({fresh.key(new): ["when is it out"]})
    assert fresh.of(new) == ["may I go home", "when is it out"]


def test_a_memory_lacks_a_language_of_the_person_until_it_has_prompts_in_it(kept: KeptQueries) -> None:
    def lacking(*languages: str) -> list[tuple[str, ...]]:
        return [one.languages for one in enrichment.wanted([OLD], kept, languages)]

    assert (lacking(), lacking("de", "en")) == ([()], [("de", "en")])
    kept.put({kept.key(OLD): ["when do we ship this", "can I merge before the weekend"]})
    assert (lacking(), lacking("en"), lacking("en", "de", "zh")) == ([], [], [("de", "zh")])
    kept.put({kept.key(OLD): ["wann geht das denn endlich in die Produktion"]})
    assert lacking("en", "de", "zh") == [("zh",)]
    kept.put({kept.key(OLD): ["部署"]}, ["zh"])
    assert lacking("en", "de", "zh") == []


def test_a_copied_folder_finds_them_by_content(memory_dir: Path, kept: KeptQueries, tmp_path: Path) -> None:
    write_topic(memory_dir, "wombat", "Deploys use the wombat", "On Fridays.")
    write_topic(memory_dir, "kiwi", "Lunch is at noon", "In the kitchen.")
    memories = {m.stem: m for m in enrichment_memories(memory_dir)}
    kept.put({kept.key(memories["wombat"]): ["ship it to prod"], kept.key(memories["kiwi"]): ["hungry"]})
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "kiwi.md").write_bytes((memory_dir / "kiwi.md").read_bytes())
    assert [hit.file for hit in lexical.recall(str(copy), "I am hungry").hits] == ["kiwi.md"]
    (copy / "renamed.md").write_bytes((memory_dir / "wombat.md").read_bytes())
    assert [hit.file for hit in lexical.recall(str(copy), "ship this to prod").hits] == ["renamed.md"]
    assert anticipated.read(queries_file(str(copy))) == anticipated.read(queries_file(str(memory_dir)))
    other = tmp_path / "other"
    other.mkdir()
    (other / "kiwi.md").write_bytes((memory_dir / "kiwi.md").read_bytes())
    assert KeptQueries(str(other)).of(memories["kiwi"]) == ["hungry"]


def enrichment_memories(directory: Path) -> list[Memory]:
    from memctl.store.memory.memories import MemoryStore

    return MemoryStore(str(directory)).memories()[0]


class TestEditedElsewhere:
    """A file that was edited by other means than memctl keeps its queries while the edit is small."""

    BODY = "Deploys go out on Tuesdays, after the smoke tests have passed on staging.\nAsk Ana before.\n"

    @pytest.mark.parametrize(
        ("body", "kept"),
        [
            (BODY.replace("Tuesdays", "Wednesdays"), True),
            ("The invoice of the printer is filed under office, and the toner is in the cellar.\n", False),
        ],
    )
    @pytest.mark.parametrize("by", ["recall", "command"])
    def test_they_are_marked_or_gone(self, memory_dir: Path, body: str, kept: bool, by: str) -> None:
        file = write_topic(memory_dir, "deploys", "When deploys go out", body=self.BODY)
        store = MemoryStore(str(memory_dir))
        queries = KeptQueries(str(memory_dir))
        queries.put({queries.key(store.find("deploys")): ["can I publish the site on friday"]})
        file.write_text(file.read_text().replace(self.BODY, body))
        if by == "recall":
            answer = lexical.recall(str(memory_dir), "what of the site on friday")
            assert [hit.file for hit in answer.hits] == ["deploys.md"] * kept
        fresh, memory = KeptQueries(str(memory_dir)), store.find("deploys")
        fresh.look_for([fresh.key(memory)])
        assert fresh.of(memory) == ["can I publish the site on friday"] * kept
        assert not fresh.has(fresh.key(memory))  # of the earlier text: asked for anew
