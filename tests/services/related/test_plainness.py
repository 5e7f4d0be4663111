"""Which endings are carried out where nobody looks at each one: those said plainly, and of all of it."""

import pytest

from memctl.services.related.claim import Claim, Lexicon, Statement
from memctl.services.related.comparison import Verdict
from memctl.services.related.comparison import verdict as compared

OLD = {
    "en": "Kafka carries the order events.",
    "runs": "Migrations run automatically at deploy.",
    "de": "Der Dienst läuft auf Node 20.",
    "es": "Kafka transporta los eventos de pedidos.",
    "fr": "Kafka transporte les événements de commande.",
    "it": "Kafka trasporta gli eventi degli ordini.",
    "pt": "O Kafka transporta os eventos de pedidos.",
    "ru": "Kafka передаёт события заказов.",
    "ja": "Kafkaは注文イベントを運ぶ。",
    "ko": "Kafka가 주문 이벤트를 전달한다.",
    "zh": "订单事件由 Kafka 传递。",
}

PLAIN = (
    ("en", "Kafka no longer carries the order events."),
    ("en", "We no longer use Kafka for the order events, we use NATS."),
    ("en", "The order events are not in Kafka any more."),
    ("runs", "Migrations no longer run automatically at deploy."),
    ("de", "Der Dienst läuft nicht mehr auf Node 20."),
    ("es", "Kafka ya no transporta los eventos de pedidos."),
    ("fr", "Kafka ne transporte plus les événements de commande."),
    ("it", "Kafka non trasporta più gli eventi degli ordini."),
    ("pt", "O Kafka não transporta mais os eventos de pedidos."),
    ("ru", "Kafka больше не передаёт события заказов."),
    ("ja", "Kafkaはもう注文イベントを運ばない。"),
    ("ko", "Kafka가 더 이상 주문 이벤트를 전달하지 않는다."),
    ("zh", "订单事件不再由 Kafka 传递。"),
)

LIMITED = (
    ("runs", "In staging migrations no longer run automatically at deploy."),
    ("runs", "In staging, migrations no longer run automatically at deploy."),
    ("runs", "Migrations no longer run automatically at deploy, only in staging."),
    ("runs", "Migrations no longer run automatically at deploy, in staging."),
    ("en", "Kafka no longer carries the order events on branch spike-7."),
    ("en", "Kafka no longer carries the order events this week."),
    ("en", "Kafka no longer carries the order events until Monday."),
    ("en", "Kafka no longer carries the order events. Only in the pilot hall."),
    ("en", "If the outbox lands, Kafka no longer carries the order events."),
    ("en", "It is not true that Kafka no longer carries the order events."),
    ("en", "We should no longer use Kafka for the order events."),
    ("de", "Der Dienst läuft nicht mehr auf Node 20, ausser in Bern."),
    ("de", "Es stimmt nicht, dass der Dienst nicht mehr auf Node 20 läuft."),
    ("de", "Wenn der Umzug klappt, läuft der Dienst nicht mehr auf Node 20."),
    ("es", "No es verdad que Kafka ya no transporta los eventos de pedidos."),
    ("es", "En pruebas Kafka ya no transporta los eventos de pedidos."),
    ("fr", "Kafka ne transporte plus les événements de commande, sauf à Berne."),
    ("fr", "Si la file arrive, Kafka ne transporte plus les événements de commande."),
    ("it", "Nei test Kafka non trasporta più gli eventi degli ordini."),
    ("pt", "Quando a fila chegar, o Kafka não transporta mais os eventos de pedidos."),
    ("ru", "На стенде Kafka больше не передаёт события заказов."),
    ("ru", "Неправда, что Kafka больше не передаёт события заказов."),
    ("ja", "検証環境ではKafkaはもう注文イベントを運ばない。"),
    ("ja", "移行できたら、Kafkaはもう注文イベントを運ばない。"),
    ("ko", "스테이징에서는 Kafka가 더 이상 주문 이벤트를 전달하지 않는다."),
    ("zh", "测试环境的订单事件不再由 Kafka 传递。"),
    ("zh", "订单事件不再在测试环境由 Kafka 传递。"),
    ("zh", "如果上线，订单事件不再由 Kafka 传递。"),
)

NOT_OWN = (
    ("en", "I wonder whether Kafka no longer carries the order events."),
    ("en", "Maybe Kafka no longer carries the order events."),
    ("en", "Kafka no longer carries the order events? To be decided."),
    ("en", "The vendor mail says: Kafka no longer carries the order events."),
    ("en", 'The log printed "Kafka no longer carries the order events".'),
    ("de", "Ich frage mich, ob der Dienst nicht mehr auf Node 20 läuft."),
    ("de", "Läuft der Dienst nicht mehr auf Node 20?"),
    ("de", "Ole sagt, der Dienst läuft nicht mehr auf Node 20."),
    ("es", "¿Kafka ya no transporta los eventos de pedidos?"),
    ("es", "Según Ana Kafka ya no transporta los eventos de pedidos."),
    ("fr", "Je me demande si Kafka ne transporte plus les événements de commande."),
    ("it", "Forse Kafka non trasporta più gli eventi degli ordini."),
    ("pt", "Será que o Kafka não transporta mais os eventos de pedidos?"),
    ("ru", "Возможно, Kafka больше не передаёт события заказов."),
    ("ja", "Kafkaはもう注文イベントを運ばないかもしれない。"),
    ("ja", "Kafkaはもう注文イベントを運ばないのか？"),
    ("ko", "Kafka가 더 이상 주문 이벤트를 전달하지 않을까?"),
    ("zh", "订单事件是不是不再由 Kafka 传递？"),
    ("zh", "听说订单事件不再由 Kafka 传递。"),
)


def verdict(new: str, old: str, *, body: bool = False, kind: str = "project") -> Verdict:
    """How a line stands to an earlier one of type `kind`; with `body` both stand below a subject line."""
    lexicon = Lexicon(lambda word: word.removesuffix("s"), lambda _: 1, 20)
    later, earlier = (
        Statement(name, f"Notes {name}" if body else line, line if body else "", kind)
        for name, line in (("new", new), ("old", old))
    )
    return compared(Claim(earlier, lexicon), Claim(later, lexicon))


@pytest.mark.parametrize("body", [False, True])
@pytest.mark.parametrize(("key", "new"), PLAIN)
def test_an_ending_said_plainly_of_all_of_it_is_sure(key: str, new: str, *, body: bool) -> None:
    found = verdict(new, OLD[key], body=body)
    assert (found.relation, found.strength) == ("replaces", "sure"), found


@pytest.mark.parametrize("body", [False, True])
@pytest.mark.parametrize(("key", "new"), LIMITED)
def test_the_end_of_a_part_or_in_a_case_or_denied_is_not_sure(key: str, new: str, *, body: bool) -> None:
    assert not verdict(new, OLD[key], body=body).is_sure


@pytest.mark.parametrize(("key", "new"), NOT_OWN)
def test_what_is_asked_doubted_reported_or_quoted_is_no_ending(key: str, new: str) -> None:
    found = verdict(new, OLD[key], body=True)
    assert not (found.explicit and found.relation == "replaces"), found
    assert not verdict(new, OLD[key]).is_sure


def test_a_title_that_names_a_place_narrows_the_ending_below_it() -> None:
    lexicon = Lexicon(lambda word: word, lambda _: 1, 20)
    old = Claim(Statement("old", OLD["runs"], ""), lexicon)
    ended = "Migrations no longer run automatically at deploy."
    strengths = [
        compared(old, Claim(Statement("new", title, ended), lexicon)).strength
        for title in ("Notes on migrations", "Deploys in staging")
    ]
    assert strengths == ["sure", "likely"]


def test_an_ending_may_name_who_or_what_the_title_says_takes_over() -> None:
    lexicon = Lexicon(lambda word: word, lambda _: 1, 20)
    old = Claim(Statement("old", "The berth plan is kept by Farid", "Farid keeps it."), lexicon)
    strengths = [
        compared(old, Claim(Statement("new", title, "Ilse took over from Farid."), lexicon)).strength
        for title in ("The berth plan is with Ilse", "Ilse has the berth plan of the pilots")
    ]
    assert strengths == ["sure", "likely"]


@pytest.mark.parametrize(
    ("kind", "old", "strength"),
    [
        ("feedback", "Keep the audit log for seven years.", "likely"),
        ("user", "Keep the audit log for seven years.", "likely"),
        ("project", "We must keep the audit log for seven years.", "likely"),
        ("project", "We keep the audit log for seven years.", "sure"),
    ],
)
def test_a_rule_never_ends_unseen(kind: str, old: str, strength: str) -> None:
    found = verdict("We no longer keep the audit log for seven years.", old, kind=kind)
    assert (found.relation, found.strength) == ("replaces", strength), found


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("Server 22 hosts the print queue", "Server 20 hosts the print queue"),
        ("Ticket PAY-1202 is blocked by the bank", "Ticket PAY-1201 is blocked by the bank"),
        ("Port 8081 is the proxy", "Port 8080 is the proxy"),
        ("Room 14 belongs to the audit team", "Room 12 belongs to the audit team"),
        ("Gate 5 opens with the red badge", "Gate 4 opens with the red badge"),
        ("2025 price list in the Kiel folder", "2024 price list in the Kiel folder"),
        ("The 2025 price list is in the Kiel folder", "The 2024 price list is in the Kiel folder"),
    ],
)
def test_a_number_that_names_a_thing_is_no_sure_change(new: str, old: str) -> None:
    assert not verdict(new, old).is_sure
