"""The language of a text, by script and function words."""

import pytest

from memctl.text.tongue import tongue


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "could you please check why the tests are failing on this branch"),
        ("de", "kannst du bitte nachsehen, warum die Tests auf diesem Branch nicht durchlaufen"),
        ("fr", "est-ce que tu peux regarder pourquoi les tests échouent sur cette branche"),
        ("es", "puedes mirar por qué fallan las pruebas en esta rama"),
        ("pt", "você pode ver por que os testes estão falhando nesta branch"),
        ("it", "puoi controllare perché i test non passano su questo branch"),
        ("nl", "kun je even kijken waarom de tests niet meer werken op deze branch"),
        ("ru", "посмотри пожалуйста, почему тесты падают на этой ветке"),
        ("zh", "请看一下为什么 CI 里的测试失败了"),
        ("ja", "このブランチで pnpm install が失敗する理由を調べて"),
        ("ko", "이 브랜치에서 테스트가 왜 실패하는지 확인해줘"),
        ("tr", "bu daldaki testlerin neden başarısız olduğuna bakabilir misin"),
        (None, "npm ERR! 404"),
        (None, "..."),
        (None, ""),
    ],
)
def test_a_message_says_its_language(language: str | None, text: str) -> None:
    assert tongue(text) == language
