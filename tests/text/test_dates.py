"""Relative dates: what a text says of days, and what each means."""

import time
import tomllib
from datetime import date

import pytest

from memctl.text import almanac, dates, mood


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
        # idioms, longer words, spans of habits, fractions
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
        # date words that name no one day: labels, comparisons, what always holds
        ("en", "We never deploy on the last Friday of the month."),
        ("en", "The cron must keep yesterday's and today's files."),
        ("en", "Rotate logs older than two weeks ago."),
        ("en", "The report must compare this year with last year."),
        ("en", "The label reads 'tomorrow' in the calendar."),
        ("en", "Invites must be valid until next Monday, always recompute it."),
        ("de", "Wir liefern am letzten Freitag des Monats."),
        ("de", "Logs, die älter als vor zwei Wochen sind, werden rotiert."),
        ("de", "Der Bericht vergleicht dieses Jahr mit letztem Jahr."),
        ("de", "Der Knopf heißt „morgen“ im Kalender."),
        ("de", "Die Berichte müssen immer bis Freitag fertig sein."),
        ("es", "Entregamos el próximo viernes del mes."),
        ("es", "Rota los logs de más de hace dos semanas."),
        ("es", "Los informes siempre se entregan hasta el martes."),
        ("fr", "Supprimer ce qui est plus vieux qu'il y a deux semaines."),
        ("fr", "Le rapport compare cette année et l'année dernière."),
        ("fr", "D'habitude on livre vendredi prochain."),
        ("it", "Il report confronta quest'anno con l'anno scorso."),
        ("it", "Di solito si consegna venerdì prossimo."),
        ("pt", "O relatório compara este ano com o ano passado."),
        ("pt", "O botão diz «amanhã» no calendário."),
        ("ru", "Отчёт сравнивает этот год с прошлым годом."),
        ("ru", "Логи старше, чем две недели назад, удаляются."),
        ("ru", "В прошлую пятницу месяца выкатываем."),
        ("zh", "下周一到周三不要部署。"),
        ("zh", "报告要对比今年和去年。"),
        ("zh", "按钮上写的是「明天」。"),
        ("ja", "レポートは今年と去年を比較する。"),
        ("ja", "ボタンには「明日」と書く。"),
        ("ja", "通常、金曜日までに出す。"),
        ("ko", "보고서는 올해와 작년을 비교한다."),
        ("ko", '버튼에는 "내일" 이라고 쓴다.'),
        ("ko", "보통 금요일까지 제출한다."),
    ],
)
def test_where_no_date_is_said_none_is_told_or_advised_on(language: str, text: str) -> None:
    assert dates.said(text, WEDNESDAY, language) == []
    assert mood.advice(text, WEDNESDAY) == []


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
        ("en", "Last month's release broke it.", "2026-10"),
        ("en", 'Ops wrote: "the freeze starts tomorrow".', "2026-11-19"),
        ("en", "Hand it in no later than tomorrow.", "2026-11-19"),
        ("de", "Das ist seit gestern immer noch kaputt.", "2026-11-17"),
        ("ja", "明日までに必ず提出する", "2026-11-19"),
        ("ja", "昨日決定した", "2026-11-17"),
        ("zh", "明天一定要上线", "2026-11-19"),
        ("ko", "내일까지 반드시 제출한다", "2026-11-19"),
        ("ja", "リリースは来週月曜です", "2026-11-23"),
        ("ja", "本日中に出す", "2026-11-18"),
        ("ko", "내일부터는 동결이다", "2026-11-19"),
    ],
)
def test_a_date_between_particles_is_one(language: str, text: str, means: str) -> None:
    assert [one.means for one in dates.said(text, WEDNESDAY, language)] == [means]


def test_which_friday_is_not_said_on_a_friday() -> None:
    assert dates.relative("until Friday", date(2026, 11, 20)) == []


def test_the_table_of_a_language_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(
        almanac.tomllib, "loads", lambda text, loads=tomllib.loads: read.append(text) or loads(text)
    )
    for one in (almanac.table, almanac.rules, almanac.idioms, almanac.words, almanac.beside):
        one.cache_clear()
    for _ in range(2):
        dates.said("Always: tomorrow.", WEDNESDAY, "en")
    assert len(read) == 1


def test_every_table_has_the_same_parts() -> None:
    for language in almanac.LANGUAGES:
        words = almanac.table(language)
        assert {"day", "step", "weekday", "unit", "count", "wording"} <= words.keys()
        assert words["undated"].keys() == {*almanac.WORDS, "before", "after"}
        assert len(words["weekday"]["names"]) == 7
        assert len(words["count"]["words"]) == 10
