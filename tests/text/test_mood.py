"""Date words in instructions, which are read every day, and in statements about one event."""

from datetime import date

import pytest

from memctl.text import mood

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    "text",
    [
        "Check that the backup of today is not empty before a migration",
        "Before a migration, check that the backup of today is not empty.",
        "Restart the failed job of yesterday.",
        "Compact the log from yesterday.",
        "Use the dump from today.",
        "Please read the notes of today.",
        "If the queue is full, drop what arrived today.",
        "The report has to say what was deployed yesterday.",
        "Before each release the numbers of yesterday are compared.",
        "- Check the logs of today\n- Restart",
        "Wenn die Warteschlange voll ist, zählt der Stand von heute.",
        "Never on Friday",
        "No deploys on Friday",
        "Deployments on Friday are forbidden",
        "Releases go out on Friday",
        "Tickets are triaged on Monday mornings",
        "Keine Deployments am Freitag, und die Tests sind dann zu",
    ],
)
def test_an_instruction_names_no_day(text: str) -> None:
    assert mood.advice(text, SUNDAY) == []


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("We moved yesterday.", "2026-11-21"),
        ("The audit is on Wednesday.", "2026-11-25"),
        ("Anna is back on Monday", "2026-11-23"),
        ("The release is tomorrow.", "2026-11-23"),
        ("The freeze starts tomorrow.", "2026-11-23"),
        ("Moved to the new host yesterday.", "2026-11-21"),
        ("Priya left yesterday.", "2026-11-21"),
        ("CI moves to the new host tomorrow.", "2026-11-23"),
        ("Check the logs first. The queue broke yesterday.", "2026-11-21"),
        ("The price holds until the end of next month.", "2026-12"),
        ("Wir sind gestern umgezogen.", "2026-11-21"),
        ("明日から新しいホストです。", "2026-11-23"),
    ],
)
def test_a_statement_does(text: str, means: str) -> None:
    (said,) = mood.advice(text, SUNDAY)
    assert said.endswith(f"say {means}")
