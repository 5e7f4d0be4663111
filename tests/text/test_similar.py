import pytest

from memctl.text import similar


def alike(one: str, other: str) -> bool:
    return bool(similar.near(one, one + "\n", [("other", other, other + "\n")]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Web client uses pnpm; npm breaks workspace links",
            "The web client is built with pnpm; npm breaks its workspace links",
        ),
        ("Priya owns the billing service and its alerts", "The billing service and alerts: Priya owns it"),
        ("Keep staging logs for 30 days.", "Keep staging logs for 90 days."),
    ],
)
def test_the_same_in_other_words_is_near(one: str, other: str) -> None:
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "The staging database of the billing service is restored from the nightly dump",
            "The production database of the billing service is restored from the nightly dump",
        ),
        (
            "Clients of the API v1 must send the X-Account header with every request",
            "Clients of the API v2 must send the X-Account header with every request",
        ),
        ("Priya owns the billing service alerts", "Ben owns the billing service alerts and the pager"),
        ("Never push to main", "Never push tags by hand"),
        ("Web client uses pnpm", "Web client uses pnpm; npm breaks workspace links of the shop and the admin page"),
    ],
)  # fmt: skip
def test_one_decisive_word_makes_another_fact(one: str, other: str) -> None:
    assert not alike(one, other)
    assert not alike(other, one)
