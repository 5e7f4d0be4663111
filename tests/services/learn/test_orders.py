"""Plain norms and one-off orders, which differ by what they are about; one fact in each proposal."""

from datetime import date

import pytest

from memctl.domain.transcript import Turn
from memctl.services.learn import rules


def facts(text: str) -> list[str]:
    return [one.fact for one in rules.statements(Turn("t1", "user", text), date(2026, 11, 20))]


@pytest.mark.parametrize(
    "text",
    [
        "Don't use any in TypeScript, it hides bugs",
        "please don't add comments to the code",
        "Stop adding emojis to commit messages",
        "use uv instead of pip",
        "can you always run the linter before you commit?",
        "do not log request bodies in production",
        "bitte keine Kommentare in den Code schreiben",
        "Hör auf, Emojis in Commit-Nachrichten zu packen",
        "nimm uv statt pip",
        "kannst du immer den Linter laufen lassen, bevor du committest?",
        "Deja de poner emojis en los mensajes de commit",
        "usa uv en vez de pip",
        "¿puedes pasar siempre el linter antes de hacer commit?",
        "s'il te plaît n'ajoute pas de commentaires au code",
        "utilise uv au lieu de pip",
        "tu peux toujours lancer le linter avant de committer ?",
        "per favore non aggiungere commenti al codice",
        "usa uv invece di pip",
        "por favor não adicione comentários ao código",
        "use uv em vez de pip",
        "пожалуйста, не добавляй комментарии в код",
        "используй uv вместо pip",
        "можешь всегда запускать линтер перед коммитом?",
        "请不要在代码里加注释",
        "用uv代替pip",
        "你能每次提交前都跑一下linter吗?",
        "コードにコメントを書かないでください",
        "pipの代わりにuvを使って",
        "コミットする前に必ずリンターを実行してくれる?",
        "코드에 주석을 달지 마세요",
        "pip 대신 uv를 써",
        "커밋하기 전에 항상 린터를 돌려줄래?",
    ],
)
def test_an_order_about_a_kind_of_thing_is_a_norm(text: str) -> None:
    assert facts(text)


@pytest.mark.parametrize(
    "text",
    [
        "don't touch that file now",
        "use port 8081 instead of 8080 here",
        "stop the server",
        "stop running the tests, it's hanging",
        "don't worry about the tests",
        "don't write docs, just fix the typo",
        "don't change anything in src, only the tests",
        "use the second option instead of the first",
        "can you always get the same result with this seed?",
        "can you run the linter before you commit?",
        "Don't add a comment to line 40",
        "don't know how to fix bugs like that",
        "fass die Datei jetzt nicht an",
        "nimm hier Port 8081 statt 8080",
        "keine Fehler gefunden",
        "no toques ese archivo ahora",
        "usa el puerto 8081 en vez del 8080 aquí",
        "no tienes permisos en el servidor",
        "ne supprime pas la branche",
        "utilise le port 8081 au lieu du 8080 ici",
        "non cancellare il branch",
        "usa la seconda opzione invece della prima",
        "não mexa nesse arquivo agora",
        "não funciona no servidor de testes",
        "не трогай этот файл сейчас",
        "не удаляй ветку",
        "используй здесь порт 8081 вместо 8080",
        "先不要动那个文件",
        "别删分支",
        "这里用8081端口代替8080",
        "今はそのファイルを触らないで",
        "ブランチを消さないで",
        "지금 그 파일 건드리지 마",
        "여기서는 8080 대신 8081 포트를 써",
    ],
)
def test_an_order_about_one_thing_or_for_now_is_none(text: str) -> None:
    assert facts(text) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Never deploy on Fridays because nobody is on call. Always use pnpm, never npm. Remember that Priya owns billing.", 3),
        ("We never deploy on Fridays. That's because nobody is on call. From now on use tabs everywhere.", 2),
        ("I'm a nurse, not a programmer, so spell things out. Don't add comments to the code.", 2),
        ("Wir deployen immer mit wombat, nie von Hand. Kundennamen dürfen nie in die Logs, das steht im Vertrag.", 2),
        ("From now on:\n- never deploy on Fridays\n- always use pnpm\n- I'm a nurse, not a programmer", 3),
        ("Never deploy on Fridays. Nobody is on call then.", 1),
        ("Never deploy on Fridays. Otherwise nobody is there to roll back. It hurt us twice.", 1),
        ("Never deploy on Fridays. Never deploy by hand either.", 1),
    ],
)  # fmt: skip
def test_each_norm_is_one_statement_and_its_reason_stays_with_it(text: str, count: int) -> None:
    assert len(facts(text)) == count
