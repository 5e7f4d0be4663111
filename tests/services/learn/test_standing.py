"""What a statement does to the memories that there are: it says them again, or makes one untrue."""

from pathlib import Path

import pytest

from memctl.domain.memory import Memory
from memctl.services.learn import standing
from memctl.services.learn.languages import spoken
from memctl.services.learn.standing import Kept
from memctl.store.memory.memories import MemoryStore

API, WORKER = "The API listens on port 8080.", "The worker listens on port 7070."
DEPLOYS = "Deploys go through Jenkins."


def memories(folder: Path, *texts: str) -> list[Memory]:
    for number, text in enumerate(texts):
        header = f"---\nname: m{number}\ndescription: {text}\ntype: project\n---\n\n"
        (folder / f"m{number}.md").write_text(f"{header}{text}\n", encoding="utf-8")
    return list(MemoryStore(str(folder)).memories()[0])


REPLACED = [
    ((API, WORKER), "The API no longer listens on port 8080, it is 9090 now."),
    ((DEPLOYS, API), "Jenkins is gone, use GitHub Actions for deploys."),
    (("Deploys run on Jenkins.",), "We moved from Jenkins to GitHub Actions for deploys"),
    ((DEPLOYS, "Jenkins has a dark theme."), "Deploys no longer go through Jenkins."),
    (
        ("Deploys laufen über Jenkins.",),
        "Deploys laufen nicht mehr über Jenkins, sondern GitLab.",
    ),
    (("Usamos MySQL en producción.",), "Ya no usamos MySQL en producción, ahora es Postgres."),
    (("La base de production est MySQL.",), "On n'utilise plus MySQL en production, c'est Postgres."),
    (("В продакшене MySQL.",), "MySQL в продакшене больше нет, теперь Postgres."),
    (("データベースはMySQLです。",), "データベースはもうMySQLではありません。"),
    (("生产数据库是 MySQL。",), "生产数据库不再用 MySQL 了。"),
    (("배포는 Jenkins 서버에서 한다.",), "배포 Jenkins 서버는 없앴다."),
    (("Never push to main, open a PR.",), "Never push to main any more, open a PR against develop."),
]
LEFT_ALONE = [
    ((API, WORKER), "The scheduler no longer listens on port 6060."),
    ((API,), "The worker no longer listens on port 9090, it uses a queue."),
    ((API,), "The API listens on port 9090."),
    (("Never push to main, open a PR.",), "Pushing to main is no longer a problem for me."),
    (("Never push to main, open a PR.",), "You no longer have to open a PR for docs on main."),
    ((DEPLOYS, "Nightly jobs run in Jenkins too."), "Jenkins is gone."),
    (("Frontend is built with Vite.",), "Vite config must never be edited by hand any more."),
    (("Frontend is built with Vite.",), "The Vite plugin of the frontend is gone."),
    (
        ("Tests need Docker running.",),
        "From now on Docker is always used to build the release images, never podman.",
    ),
    (("Tests need Docker images.",), "We don't need any more Docker images for tests."),
    (("The dashboards live in Grafana.",), "Always use the Grafana API instead of clicking"),
    (("The API is hosted on Fly.",), "Next time ping Fly support first, always."),
    (
        ("Los despliegues van por Jenkins.",),
        "A partir de ahora los secretos de Jenkins nunca se imprimen.",
    ),
    (("배포는 Jenkins로 한다.",), "이제부터 배포는 Jenkins로 하지 말고 물어봐라."),
    (("Deploys run on Jenkins.",), "The Jenkins API is no longer used for deploys."),
    (("Deploys run on Jenkins.",), "Nightly deploys no longer run on Jenkins."),
    (("Deploys run on Jenkins.",), "Jenkins is gone."),
    (("Los despliegues van por Jenkins.",), "En lugar de los despliegues por Jenkins, ahora pregunta."),
    (("Usamos MySQL en producción.",), "Ya no usamos Redis en producción."),
    (("The documentation is in MinIO.",), "The documents are no longer in MinIO."),
    (("배포는 매주 목요일에 한다.",), "회의는 이제 금요일에 한다."),
]


@pytest.mark.parametrize(
    ("texts", "said", "replaced"),
    [*((*one, "m0") for one in REPLACED), *((*one, None) for one in LEFT_ALONE)],
)
def test_what_is_so_no_longer_replaces_the_memory_that_says_it_and_no_other(
    tmp_path: Path, texts: tuple[str, ...], said: str, replaced: str | None
) -> None:
    kept = Kept(memories(tmp_path, *texts))
    found = kept.replaced(said)
    assert (found and found.stem) == replaced
    assert kept.replaced(said) is None, "once"


def test_what_a_memory_says_among_filling_words_is_known(tmp_path: Path) -> None:
    kept = Kept(memories(tmp_path, "Vaccine counts are by vial, not by dose."))
    assert kept.say(
        "As always: vaccine counts are by vial not by dose. Just saying it once more to everyone."
    )
    assert not kept.say("Vaccine counts are by dose in the freezer report.")


def test_the_language_is_told_of_memories_alone_that_may_be_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(standing, "spoken", lambda text: [told.append(text), spoken(text)][1])
    kept = Kept(
        memories(tmp_path, "Deploys run on Jenkins.", *(f"Team {n} meets in room {n}." for n in range(40)))
    )
    assert kept.replaced("Deploys no longer run on Jenkins.") is not None
    assert len(told) < 5
