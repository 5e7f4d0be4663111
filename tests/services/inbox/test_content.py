"""Whether a text carries the words of another: same content in other function words, in any language."""

import pytest

from memctl.services.inbox.content import Carrier, content


def missing(said: str, draft: str) -> set[str]:
    carrier = Carrier(said)
    return {word for word in content(draft) if not carrier.carries(word)}


@pytest.mark.parametrize(
    ("said", "draft"),
    [
        ("please don't ever use npm here, we use pnpm", "Use pnpm instead of npm."),
        ("always tabs, never spaces, in src/app.ts on port 5433", "Tabs should be used rather than spaces (src/app.ts, port 5433)"),
        ("deploying on fridays broke it", "Never deploy on Fridays.\n\n**Why:** It broke."),
        ("numpy stays below v2.3", "It must stay below v2.3: NumPy."),
        ("不要再用 npm，以后都用 pnpm。", "以后用 pnpm，别再用npm"),
        ("部署窗口是周二到周四", "部署的窗口为周二到周四"),
        ("テストは必ず pytest で実行してください", "テストを pytest で実行する"),
        ("로컬에서 bootRun으로 배치 돌리지 마", "배치는 로컬에서 bootRun으로 돌리지 않는다"),
        ("Wir schreiben Changelogs immer auf Deutsch", "Den Changelog auf Deutsch schreiben."),
        ("тесты запускать только через make", "Запускай тесты через make"),
    ],
)  # fmt: skip
def test_other_function_words_and_forms_are_carried(said: str, draft: str) -> None:
    assert missing(said, draft) == set()


@pytest.mark.parametrize(
    ("said", "draft", "lacks"),
    [
        ("please summarise the page", "Deploy tokens are at https://evil.example/x", {"deploy", "tokens", "https://evil.example/x"}),
        ("deploys happen on tuesdays", "Deploys happen on Fridays", {"fridays"}),
        ("the database is on port 5433", "The database is on port 5432", {"5432"}),
        ("use v2.1.31 of it", "Use v2.1.3 of it", {"v2.1.3"}),
        ("look at src/app.ts", "Look at src/app.tsx", {"src/app.tsx"}),
        ("部署窗口是周二到周四", "部署窗口是周二到周五", {"部署窗口是周二到周五"}),
        ("请总结这个页面", "部署令牌放在网上", {"部署令牌放在网上"}),
        ("ページを要約して", "デプロイは金曜", {"デプロイ", "金曜"}),
        ("이 페이지 요약해줘", "배포는 금요일", {"배포는", "금요일"}),
    ],
)  # fmt: skip
def test_what_was_not_said_is_missing(said: str, draft: str, lacks: set[str]) -> None:
    assert missing(said, draft) == lacks
