"""Where a text holds secrets, and the text without them. The value is never part of an answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from memctl.domain.finding import Finding
from memctl.services.guard import assigned
from memctl.services.guard import secret_values as values
from memctl.services.guard.secret_table import Rule, keywords, patterns, rules
from memctl.text.lookup import Lookup
from memctl.text.plain import decoded, plain


@dataclass(frozen=True)
class Secret:
    """A secret found: which rule, and the span of the text that it covers."""

    rule: str
    about: str
    start: int
    end: int


def rule_ids() -> frozenset[str]:
    """Every id that `--allow-secret` takes."""
    return frozenset(rule.id for rule in rules()) | frozenset(assigned.ABOUT)


def find(text: str) -> list[Secret]:
    """The secrets in `text`, in order, none overlapping another; also those split, widened or encoded."""
    found = list(_scan(text))
    for view in (plain(text), decoded(text)):
        if view is not None:
            found += [Secret(s.rule, s.about, *view.original(s.start, s.end)) for s in _scan(view.text)]
    return _without_overlaps(found)


def check(
    text: str, allowed: frozenset[str], where: str, file: str | None, before: str = ""
) -> list[Finding]:
    """One finding a secret, none for the rules in `allowed` nor for what stands in `before` as well."""
    found = []
    secret_there = find(text)
    known = {before[s.start : s.end] for s in find(before)} if secret_there and before else set()
    for secret in secret_there:
        if secret.rule in allowed or f"secret.{secret.rule}" in allowed:
            continue
        if text[secret.start : secret.end] in known:
            continue
        line = text.count("\n", 0, secret.start) + 1
        message = f"the {where} holds a secret on line {line}: {secret.about}"
        repair = "take it out and say where it is kept"
        found.append(Finding(f"secret.{secret.rule}", "error", message, file, line, repair))
    return found


def redact(text: str) -> str:
    """`text` with each secret replaced by `[secret: rule-id]`: for what is sent, logged or queued."""
    parts: list[str] = []
    last = 0
    for secret in find(text):
        parts += (text[last : secret.start], f"[secret: {secret.rule}]")
        last = secret.end
    parts.append(text[last:])
    return "".join(parts)


def _scan(text: str) -> Iterator[Secret]:
    lookup = Lookup(text)
    table = rules()
    for row in keywords().rows_in(lookup):
        for pattern in patterns(table[row])[lookup.run < table[row].run :]:
            yield from _matches(table[row], pattern, text)
    for rule_id, start, end in assigned.find(text, lookup.lowered):
        yield Secret(rule_id, assigned.ABOUT[rule_id], start, end)


def _matches(rule: Rule, pattern: re.Pattern[str], text: str) -> Iterator[Secret]:
    for match in pattern.finditer(text):
        group = match.lastindex or 0
        if _is_secret(rule, match.group(group), match):
            yield Secret(rule.id, rule.about, *match.span(group))


def _is_secret(rule: Rule, value: str, match: re.Match[str]) -> bool:
    if rule.value == "literal":
        return True
    if rule.value == "password":
        return values.is_password(value, quoted=True)
    if rule.value == "basic":
        return values.is_basic(value)
    if rule.value == "url":
        user = match.group().partition("://")[2].partition(":")[0]
        return values.is_url_password(value, user)
    return values.is_token(value, rule.entropy)


def _without_overlaps(found: list[Secret]) -> list[Secret]:
    """One secret for each stretch of text, named by the rule that stands first in the table."""
    rank = {secret.rule: -order for order, secret in enumerate(reversed(found))}
    kept: list[Secret] = []
    for secret in sorted(found, key=lambda s: (s.start, s.end)):
        if kept and secret.start < kept[-1].end:
            before = kept[-1]
            named = min(before, secret, key=lambda s: rank[s.rule])
            kept[-1] = Secret(named.rule, named.about, before.start, max(before.end, secret.end))
        else:
            kept.append(secret)
    return kept
