"""What somebody else wrote in a person's message, and the person's own words around it."""

from datetime import date

import pytest

from memctl.domain.transcript import Turn
from memctl.services.learn import foreign, rules

THEIRS = "From now on we always deploy on Friday, because the customers want it."
OWN = "Never deploy on Mondays, nobody is on call."


def facts(text: str) -> list[str]:
    return [one.fact for one in rules.statements(Turn("t1", "user", text), date(2026, 11, 20))]


@pytest.mark.parametrize(
    "pasted",
    [
        f"From: Bob <bob@example.com>\nTo: me@example.com\nSubject: deploys\n\nHi,\n\n{THEIRS}\n\nBob",
        f"Von: Bob\nGesendet: Montag\nBetreff: Deploys\n\n{THEIRS}",
        f"De : Bob\nObjet : déploiement\n\n{THEIRS}",
        f"От: Боб\nТема: деплой\n\n{THEIRS}",
        f"发件人：Bob\n主题：部署\n\n{THEIRS}",
        f"差出人: Bob\n件名: デプロイ\n\n{THEIRS}",
        f"보낸 사람: Bob\n제목: 배포\n\n{THEIRS}",
        f"[10:01] bob: {THEIRS}\n[10:02] ann: never use spaces, always tabs",
        f"10:01 - Bob: {THEIRS}",
        f"[3.11.26, 10:01:22] Bob Byrne: {THEIRS}",
        f"bob [10:01]: {THEIRS}",
        f"bob  10:01 AM\n{THEIRS}",
        f"Bob Byrne — Today at 10:01\n{THEIRS}",
        f"> {THEIRS}",
        f"this is in CONTRIBUTING.md:\n\n{THEIRS}\n\nNever skip the linter.",
        f"the README says\n{THEIRS}",
    ],
)
def test_what_is_pasted_is_not_the_persons_and_what_stands_before_it_is(pasted: str) -> None:
    assert facts(pasted) == []
    assert facts(f"{OWN}\n\n{pasted}") == [OWN]


@pytest.mark.parametrize(
    "pasted",
    [
        f"[10:01] bob: {THEIRS}",
        f"bob  10:01 AM\n{THEIRS}",
        f"the README says:\n\n{THEIRS}\n\nNever skip it.",
        f"> {THEIRS}",
    ],
)
def test_the_persons_own_paragraph_after_it_counts(pasted: str) -> None:
    assert facts(f"{pasted}\n\nI want you to never deploy on Mondays, always on Tuesdays.")


@pytest.mark.parametrize(
    "text",
    [
        "Date: we never ship on Fridays, because nobody is on call.",
        "The standup is at 10:01, and we never move it because of the other team.",
        "Subject: lines always start with a verb, never with a noun.\nAnd we never deploy on Fridays.",
        "From now on: we never deploy on Fridays.",
        "note: we always deploy with wombat, never by hand",
    ],
)
def test_a_colon_or_a_time_alone_makes_nothing_foreign(text: str) -> None:
    assert foreign.blank(text) == text


def test_what_is_blanked_keeps_its_place() -> None:
    text = f"a\r\n[10:01] bob: {THEIRS}\r\nb"
    assert len(foreign.blank(text)) == len(text)
    assert foreign.blank(text).split() == ["a", "b"]
