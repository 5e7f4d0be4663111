"""Two subject lines side by side: what the places say in which they part."""

from collections.abc import Sequence

from memctl.services.related.claim import Claim
from memctl.services.related.swaps import swapped
from memctl.services.related.verdict import LIKELY, SURE, Verdict, quoted
from memctl.text.alignment import Alignment, Hunk, Token, telling

SHARED_MIN = 2
"""Telling words that both subject lines have. One is a topic ("tests"), two are a subject ("test data")."""

SHARE = 0.3
"""Share of the weight of the longer subject line that they make. In 485 notes about people's days, of which
hardly one replaces another, 65 pairs were taken for a change with a share of the shorter line, twelve are
with one of the longer; of the tuning sets' changes none is lost."""

HUNKS_MAX = 2
"""Places in which two lines part that say the same of one subject but for a value; with more of them they
are two sentences with some words in common."""

SLOT_MAX = 4
"""Telling words of what is said of a subject, where no title names it; a longer tail is another sentence."""

SLOT_SURE = 2
"""The same for a verdict that needs nobody's look."""

PHRASES_MORE = 2
"""Runs of words, parted by function words, that an earlier line has more where it says a second thing: what
it is of, and what. One more may be how the same is said: "Argo CD from main"."""

_ELSEWHERE = "is about something else: stands beside it"


def aligned(new: Claim, old: Claim) -> Verdict | None:
    """What the two subject lines, side by side, say; None where they have no subject in common."""
    if len({t.form for t in new.lead} & {t.form for t in old.lead}) < SHARED_MIN:
        return None  # most pairs end here
    alignment = Alignment(new.lead, old.lead)
    shared = {t.form for t in alignment.shared if not t.is_value}
    if len(alignment.hunks) > 1 or len(shared) < SHARED_MIN:
        values = swapped(alignment.hunks, new) if shared and not _narrows(new, old) else None
        if values is not None or len(shared) < SHARED_MIN:
            return values
    if new.weight(shared) < SHARE * max(_weight(new, line) for line in (new.lead, old.lead)):
        return None
    return _parted(new, old, alignment) if alignment.hunks else _reworded(new, old)


def _weight(new: Claim, line: Sequence[Token]) -> float:
    """How much the words of a line tell together, values not counted."""
    return new.weight({t.form for t in telling(line) if not t.is_value})


def _reworded(new: Claim, old: Claim) -> Verdict:
    """The subject lines are the same: a negation, or the sentences below, say whether anything changed."""
    if new.is_negated != old.is_negated:
        return Verdict("replaces", "says the opposite", (), LIKELY, disagrees=True)
    swaps = [h for h in Alignment(new.fact, old.fact).hunks if h.is_value or (h.last and h.new and h.old)]
    return _changed(swaps[:1]) if swaps else Verdict("repeats", "says the same")


def _parted(new: Claim, old: Claim, alignment: Alignment) -> Verdict:
    """What the places say in which two lines of one subject differ."""
    swaps: list[Hunk] = []
    for hunk in alignment.hunks:
        if not hunk.start and new.begins_elsewhere(old) and not any(hunk.telling[1]):
            continue  # what holds there is compared, and said to hold there alone
        apart = _apart(hunk, new, old, alignment)
        if apart is not None:
            return apart
        if hunk.new and hunk.old and _is_slot(hunk, new, old):
            swaps.append(hunk)
    if _narrows(new, old):
        return Verdict("narrows", f'says "{new.first("narrow")}": stands beside it', explicit=True)
    return _said(swaps, alignment, new, old)


def _narrows(new: Claim, old: Claim) -> bool:
    """Whether the later line alone restricts itself."""
    return new.has("narrow") and not old.has("narrow")


def _said(swaps: Sequence[Hunk], alignment: Alignment, new: Claim, old: Claim) -> Verdict:
    """What it is that one subject is said otherwise in `swaps`, of all places in which its lines part."""
    places = _places(alignment, new)
    longest = max((len(side) for hunk in swaps for side in hunk.telling), default=0)
    if not swaps or places > HUNKS_MAX or (longest > SLOT_MAX and not new.title):
        return Verdict("beside", "says more of it: stands beside it")
    if _says_fewer(swaps, new, old):
        why = "changes one of several things that it says, the others stand"
        return Verdict("narrows", why, disagrees=True)
    same = len(swaps) == places and (longest <= SLOT_SURE or bool(new.title))
    is_one = alignment.is_literal and not any(_names(hunk, new) or _is_unlike(hunk) for hunk in swaps)
    return _changed(swaps, sure=same and is_one)


def _places(alignment: Alignment, new: Claim) -> int:
    """In how many places two lines differ in what tells one thing from another."""
    return sum(any(map(new.is_telling, (*h.new, *h.old))) or h.is_value for h in alignment.hunks)


def _apart(hunk: Hunk, new: Claim, old: Claim, alignment: Alignment) -> Verdict | None:
    """The verdict that what differs here makes the subject another one, or a part of it; None where it
    does not."""
    if _numbers(hunk, new, alignment) or (hunk.start < new.title and not hunk.is_value):
        return _other(hunk)
    keeps = _keeps(hunk, new, old)
    if keeps is False:
        return _other(hunk)
    if keeps or _is_slot(hunk, new, old):
        return _further(hunk, new, old) if hunk.new and hunk.old else None
    return _within_subject(hunk, new)


def _within_subject(hunk: Hunk, new: Claim) -> Verdict | None:
    """What it means that words of the subject differ here; None where the new line only leaves some out."""
    here, there = hunk.telling
    if here and there:
        return _differs(hunk, new) if hunk.is_swap or hunk.is_value else _other(hunk)
    if (here or there) and hunk.is_swap and all(any(t.is_content for t in s) for s in (hunk.new, hunk.old)):
        return _other(hunk)  # one of the two is a word of every day: the day shift, the night shift
    return _other(hunk) if not there and any(not t.is_value for t in here) else None


def _is_unlike(hunk: Hunk) -> bool:
    """Whether one side says a day and the other an hour, or no time at all; else whether other function words
    hold them."""
    if any(hunk.times):  # "moved to 7 September" says no more than "goes live on 15 June"
        return hunk.times[0] != hunk.times[1]
    here, there = hunk.frames
    return bool(here and there and here != there)


def _further(hunk: Hunk, new: Claim, old: Claim) -> Verdict | None:
    """The verdict that what is said here is said besides, and no other value; None where it may be one."""
    if _is_of_another_kind(hunk, new):
        return Verdict("beside", "says something else of it: stands beside it")
    if _is_a_further_ban(hunk, new, old):
        return Verdict("beside", "forbids something else: both stand", hunk.words)
    return None


def _is_of_another_kind(hunk: Hunk, new: Claim) -> bool:
    """Whether what is said is no other value of what was said: when instead of how, or behind the subject a
    verb with its own value instead of a verb ("listens on port 9090", "runs")."""
    if bool(hunk.times[0]) != bool(hunk.times[1]):
        return hunk.frames[0] != hunk.frames[1]
    here, there = (any(t.is_value for t in side) for side in (hunk.new, hunk.old))
    opens = bool(hunk.start) and all(
        t.is_content for t in (new.lead[hunk.start - 1], hunk.new[0], hunk.old[0])
    )
    return opens and here != there and hunk.phrases[0] != hunk.phrases[1]


def _is_a_further_ban(hunk: Hunk, new: Claim, old: Claim) -> bool:
    """Whether both forbid, each something else: who must not deploy on a Friday may not on a Thursday either.
    A limit ("never more than 3") is a value."""
    bans = new.place("prohibit")
    if bans is None or hunk.start < bans or old.place("prohibit") is None:
        return False
    return not all(any(t.text[0].isdigit() for t in side) for side in (hunk.new, hunk.old))


def _says_fewer(swaps: Sequence[Hunk], new: Claim, old: Claim) -> bool:
    """Whether the old line says further things: other values in clauses of their own, or words after what is
    said anew ("Frankfurt and the CI runner is …"; in scripts without blanks no words tell)."""
    if new.values < old.values and new.clauses < old.clauses:
        return True
    more = max(there - here for here, there in (hunk.phrases for hunk in swaps))
    return bool(new.cues.common) and more >= PHRASES_MORE


def _numbers(hunk: Hunk, new: Claim, alignment: Alignment) -> bool:
    """Whether it numbers the thing of which something else is said too: "berth 4 holds 2", "berth 5 …"."""
    named = _names(hunk, new)
    if named and sum(t.is_number for t in hunk.new) > 1:
        return True  # "berth 4: 2 boats": what is said of it stands right behind its number
    further = (one for one in alignment.hunks if one.start > hunk.start)
    return hunk.is_value and any(one.is_value or (named and all(one.telling)) for one in further)


def _names(hunk: Hunk, new: Claim) -> bool:
    """Whether a number may name the thing, rather than be said of it: right behind a word, or first, with
    words of the subject to follow. "Berth 4 belongs to the pilots" is no earlier "berth 5 belongs to …",
    "Node 22 runs the gateway" a later "Node 20 runs …"; grammar does not tell the two apart."""
    if not hunk.is_value or hunk.last or any(t.is_time for t in hunk.new):
        return False
    before = new.lead[: hunk.start]
    return not any(t.is_content for t in before) or before[-1].is_content


def _is_slot(hunk: Hunk, new: Claim, old: Claim) -> bool:
    """Whether what differs is said of the subject: it comes last, or words of the subject follow that do
    not depend on it."""
    if hunk.last or _keeps(hunk, new, old):
        return True
    changed = new.place("changed")
    if changed is not None and hunk.start >= changed:
        return True
    if hunk.is_value and not hunk.is_mixed:
        return True
    return hunk.is_swap and new.follows("means", hunk.start)


def _keeps(hunk: Hunk, new: Claim, old: Claim) -> bool | None:
    """Of "A keeps B": True where another keeps it, False where the same one keeps something else, None
    where nobody is said to keep anything."""
    at = new.place("role")
    if at is None or old.place("role") is None:
        return None
    return not telling(new.lead[hunk.start + len(hunk.new) : at]) if hunk.start < at else False


def _changed(swaps: Sequence[Hunk], *, sure: bool = False) -> Verdict:
    here, there = (" ".join(t.text for t in side) for side in (swaps[-1].new, swaps[-1].old))
    why = f'says "{here}" where it said "{there}"'
    return Verdict("replaces", why, (here, there), SURE if sure else LIKELY, disagrees=True)


def _other(hunk: Hunk) -> Verdict:
    here, there = hunk.telling
    words = hunk.words
    if here and not there:
        return Verdict("narrows", f"is about {quoted(words)} alone: stands beside it", words)
    return Verdict("beside", _ELSEWHERE, words)


def _differs(hunk: Hunk, new: Claim) -> Verdict:
    """One word of the subject is another: a person who thinks otherwise, or another thing."""
    here, there = hunk.telling
    names = (here[0].text, there[0].text)
    if hunk.start == 0 and all(name[:1].isupper() for name in names) and names[1] in new.text:
        why = f"{names[0]} says otherwise than {names[1]}: both stand"
        return Verdict("beside", why, names, disagrees=True)
    return _other(hunk)
