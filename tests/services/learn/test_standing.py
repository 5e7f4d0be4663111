"""What a statement does to the memories that there are: it says them again, or makes one untrue."""

from pathlib import Path

import pytest

from memctl.domain.memory import Memory
from memctl.services.learn.standing import Kept
from memctl.store.memory.memories import MemoryStore

API, WORKER = "The API listens on port 8080.", "The worker listens on port 7070."
DEPLOYS = "Deploys go through Jenkins."


def memories(folder: Path, *texts: str) -> list[Memory]:
    for number, text in enumerate(texts):
        header = f"---\nname: m{number}\ndescription: {text}\ntype: project\n---\n\n"
        (folder / f"m{number}.md").write_text(f"{header}{text}\n", encoding="utf-8")
    return list(MemoryStore(str(folder)).memories()[0])


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ((API, WORKER), "The API no longer listens on port 8080, it is 9090 now."),
        ((DEPLOYS, API), "Jenkins is gone, use GitHub Actions."),
        ((DEPLOYS,), "Wir nehmen kein Jenkins mehr, alles läuft über GitLab."),
        (("Usamos MySQL en producción.",), "Ya no usamos MySQL, ahora es Postgres."),
        (("La base de production est MySQL.",), "On n'utilise plus MySQL, c'est Postgres maintenant."),
        (("База данных в проде MySQL.",), "Мы больше не используем MySQL, теперь Postgres."),
        (("データベースはMySQLです。",), "MySQLはもう使っていません、Postgresに移行しました。"),
        (("生产数据库是 MySQL。",), "我们不再用 MySQL 了,换成 Postgres。"),
        (("배포는 매주 목요일에 한다.",), "배포는 이제 금요일에 한다."),
        (("Never push to main, open a PR.",), "Never push to main any more, open a PR against develop."),
    ],
)
def test_what_is_so_no_longer_replaces_the_memory_that_says_it(
    tmp_path: Path, texts: tuple[str, ...], said: str
) -> None:
    kept = Kept(memories(tmp_path, *texts))
    replaced = kept.replaced(said)
    assert replaced is not None
    assert replaced.stem == "m0"
    assert kept.replaced(said) is None, "once"


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ((API, WORKER), "The scheduler no longer listens on port 6060."),
        ((API,), "The worker no longer listens on port 9090, it uses a queue."),
        ((API,), "The API listens on port 9090."),
        (("Never push to main, open a PR.",), "Pushing to main is no longer a problem for me."),
        (("Never push to main, open a PR.",), "You no longer have to open a PR for docs on main."),
        ((DEPLOYS, "Nightly jobs run in Jenkins too."), "Jenkins is gone."),
        (("Usamos MySQL en producción.",), "Ya no usamos Redis en producción."),
        (("배포는 매주 목요일에 한다.",), "회의는 이제 금요일에 한다."),
    ],
)
def test_another_parts_rule_and_what_protects_is_left_alone(
    tmp_path: Path, texts: tuple[str, ...], said: str
) -> None:
    assert Kept(memories(tmp_path, *texts)).replaced(said) is None


def test_what_a_memory_says_among_filling_words_is_known(tmp_path: Path) -> None:
    kept = Kept(memories(tmp_path, "Vaccine counts are by vial, not by dose."))
    assert kept.say(
        "As always: vaccine counts are by vial not by dose. Just saying it once more to everyone."
    )
    assert not kept.say("Vaccine counts are by dose in the freezer report.")
