"""Relative dates: what a text says of days, and what each means."""

import time
from datetime import date

import pytest

from memctl.text import almanac, dates


def test_relative_dates_take_as_long_as_the_text_is() -> None:
    def seconds(times: int) -> float:
        start = time.process_time()
        dates.relative("tomorrow " * times, date(2026, 11, 20))
        return time.process_time() - start

    short = max(min(seconds(500) for _ in range(3)), 0.0005)
    assert seconds(8_000) < 100 * short, "16 times as much; what is quadratic takes 256 times"


@pytest.mark.parametrize("today", [date.min, date.max])
def test_no_date_beyond_the_calendar_is_told(today: date) -> None:
    text = "next month, last month, next quarter, last year, next year, tomorrow, yesterday, 明年, 去年, next week"
    for _, means in dates.relative(text, today):
        assert "10000" not in means
        assert not means.startswith(("0-", "0 "))


WEDNESDAY = date(2026, 11, 18)

SAID = {
    "de": {
        "Der Freeze gilt bis Freitag.": "2026-11-20",
        "Das Review ist nächste Woche Montag.": "2026-11-23",
        "Wir gehen übermorgen live.": "2026-11-20",
        "Die Abgabe ist in drei Wochen.": "2026-12-09",
        "Ab nächstem Monat gilt das Schema.": "2026-12",
        "Bis morgen bleibt das so.": "2026-11-19",
    },
    "es": {
        "La entrega es la semana que viene.": "la semana del 2026-11-23",
        "El despliegue es el viernes que viene.": "2026-11-20",
        "Lo hacemos pasado mañana.": "2026-11-20",
        "Hasta el lunes no se toca nada.": "2026-11-23",
    },
    "fr": {
        "La mise en production est vendredi prochain.": "2026-11-20",
        "On livre la semaine prochaine.": "la semaine du 2026-11-23",
        "Le gel commence après-demain.": "2026-11-20",
        "Jusqu'à lundi rien ne bouge.": "2026-11-23",
    },
    "it": {
        "La consegna è venerdì prossimo.": "2026-11-20",
        "Dopodomani si va live.": "2026-11-20",
        "Tra due settimane migriamo.": "2026-12-02",
    },
    "pt": {
        "A entrega é amanhã.": "2026-11-19",
        "O deploy é na próxima sexta-feira.": "2026-11-20",
        "Daqui a duas semanas migramos.": "2026-12-02",
    },
    "ru": {
        "Релиз послезавтра.": "2026-11-20",
        "До пятницы ничего не трогать.": "2026-11-20",
        "Миграция через две недели.": "2026-12-02",
    },
    "zh": {"下周五上线。": "2026-11-27", "后天发布": "2026-11-20", "明年换证书": "2027年"},
    "ja": {
        "来週の月曜にリリースします。": "2026-11-23",
        "明後日デプロイします。": "2026-11-20",
        "金曜日まで凍結です。": "2026-11-20",
    },
    "ko": {
        "다음 주 월요일에 배포합니다.": "2026-11-23",
        "금요일까지 동결이다.": "2026-11-20",
        "모레 출시한다.": "2026-11-20",
    },
    "en": {
        "Due Thursday next week.": "2026-11-26",
        "Due two weeks from today.": "2026-12-02",
        "The lab has us a week from Friday.": "2026-11-27",
        "Frozen until Friday.": "2026-11-20",
        "The day after tomorrow.": "2026-11-20",
    },
}


@pytest.mark.parametrize("language", SAID)
def test_what_is_said_of_days_in_each_language(language: str) -> None:
    for text, means in SAID[language].items():
        assert [one.means for one in dates.said(text, WEDNESDAY, language)] == [means], text
        assert dates.said(f"`{text}`", WEDNESDAY, language) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "You may march on with sun, mar and sec; set now to 10.4, v2.1, port 3000, PR 1203."),
        ("en", "The tomorrow-fix branch and tomorrow.py are at https://x.example/today."),
        ("de", "Die Tests liegen hier, so wie die Mai-Kampagne; am Morgen, guten Morgen, jeden Morgen."),
        ("es", "Por la mañana, cada mañana, la rama mañana-api, se llama martes, mar y sol 2.1."),
        ("fr", "Il est mars-dev, la seconde option, pas plus de 3 or 4 tests."),
        ("it", "Il secondo modulo set, il mar, mai più di 5 per volta."),
        ("pt", "O segundo módulo, a sexta opção, até segunda ordem, versão 2.1."),
        ("ru", "Версия 2.1, второй модуль, не больше 5 за раз."),
        ("zh", "版本2.1，每周五备份，发布两周后删除，提前三天前通知，一天最多5次，10.4节"),
        ("ja", "バージョン2.1、リリースの3日前に通知、毎週月曜、一日5回まで、月の一覧"),
        ("ko", "버전 2.1, 배포 3일 전에 공지, 매주 월요일까지, 하루 5번까지"),
    ],
)
def test_where_no_date_is_said_none_is_invented(language: str, text: str) -> None:
    assert dates.said(text, WEDNESDAY, language) == []
    assert dates.relative(text, WEDNESDAY) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Hoy en día usamos pnpm, hoy por hoy."),
        ("pt", "Hoje em dia o build roda no CI."),
        ("it", "Al giorno d'oggi il build gira in CI."),
        ("fr", "Au jour d\u2019aujourd\u2019hui le build tourne en CI."),
        ("de", "Das ändert sich nicht von heute auf morgen."),
        ("en", "A plugin is here today and gone tomorrow."),
        ("ko", "오늘날 배포는 자동이다. 내일모레 얘기다."),
        (
            "zh",
            "目前天气接口很慢，文明年代的模块，日本月度报表，说明天线，注明日期，线上周报，从前天天，到来年份",
        ),
        ("ja", "説明日の一覧、文明年表、今日的な課題、明日葉、日本日程"),
        ("en", "We always pay invoices in 30 days."),
        ("en", "Every certificate expires in 2 years."),
        ("de", "Rechnungen zahlen wir immer in 30 Tagen."),
        ("en", "It broke 1,095 days ago, or 2.5 weeks ago."),
    ],
)
def test_an_idiom_a_longer_word_and_a_habit_say_no_date(language: str, text: str) -> None:
    assert dates.said(text, WEDNESDAY, language) == []
    assert dates.relative(text, WEDNESDAY) == []


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("The certificate expires in 730 days.", ["2028-11-19"]),
        ("The contract ends in 600 weeks.", ["2038-05-21"]),
        ("We always pay. The certificate expires in 30 days.", ["2026-12-20"]),
        ("It expires in 99999 days.", []),
        ("It expires in 5000 years.", []),
    ],
)
def test_a_distance_is_counted_whole_or_not_at_all(text: str, means: list[str]) -> None:
    assert [one.means for one in dates.said(text, date(2026, 11, 20))] == means


@pytest.mark.parametrize(
    ("language", "text", "means"),
    [
        ("zh", "我们明天发布", "2026-11-19"),
        ("zh", "定在下周五上线", "2026-11-27"),
        ("zh", "因为去年误删过数据", "2025年"),
        ("en", "It never ran since it broke 3 days ago.", "2026-11-15"),
        ("ja", "リリースは来週月曜です", "2026-11-23"),
        ("ja", "本日中に出す", "2026-11-18"),
        ("ko", "내일부터는 동결이다", "2026-11-19"),
    ],
)
def test_a_date_between_particles_is_one(language: str, text: str, means: str) -> None:
    assert [one.means for one in dates.said(text, WEDNESDAY, language)] == [means]


def test_which_friday_is_not_said_on_a_friday() -> None:
    assert dates.relative("until Friday", date(2026, 11, 20)) == []


def test_every_table_has_the_same_parts() -> None:
    for language in almanac.LANGUAGES:
        words = almanac.table(language)
        assert {"day", "step", "weekday", "unit", "count", "wording"} <= words.keys()
        assert len(words["weekday"]["names"]) == 7
        assert len(words["count"]["words"]) == 10
