"""What one session holds: values cut out of its transcript, each with the turn that it stands in."""

from dataclasses import dataclass

from memctl.domain.transcript import Session


@dataclass(frozen=True)
class Item:
    """One thing that a session holds. `turn` counts the turns of the live branch from 1; a thing that came
    several times has the turn in which it came last."""

    text: str  # verbatim: a sentence, a path, a command on one line; what was left out at an end is `…`
    turn: int
    seen: bool = True  # it stands in the transcript so; False: inferred from what stands there
    outcome: str = ""  # of a command or a step: "ok", "failed", "refused", or "" where nothing says so
    about: str = ""  # the line of the error; of an answer, the question
    times: int = 1


@dataclass(frozen=True)
class Contents:
    """What a session holds, class by class; each in the order of its turns, the oldest first.

    What the person said is verbatim and never shortened within a sentence, so that no "not" is lost.
    """

    session: Session
    turns: int = 0  # how many were read
    tokens: int = 0  # of those turns, about
    called: int = 0  # tools, how often
    rests: bool = False  # the agent spoke last, and called nothing since
    requests: tuple[Item, ...] = ()  # messages of the person, whole up to a bound
    plan: Item | None = None  # the plan that the person accepted and the client put in as the task
    constraints: tuple[Item, ...] = ()  # sentences of the person that forbid, demand or correct
    decisions: tuple[Item, ...] = ()  # what the person answered when the agent asked
    failures: tuple[Item, ...] = ()  # commands that failed and were then done otherwise; refused calls
    edited: tuple[Item, ...] = ()  # files, by their path as the agent named it
    read: tuple[Item, ...] = ()  # files read, or named in a command, and not edited
    commands: tuple[Item, ...] = ()  # commands run, with their outcome
    errors: tuple[Item, ...] = ()  # failed commands of which nothing alike succeeded later
    results: tuple[Item, ...] = ()  # what was recorded as done: subjects of commits
    steps: tuple[Item, ...] = ()  # the agent's own plan: outcome "ok" (done), "now" or "" (open)
    next_step: Item | None = None
    waiting: tuple[Item, ...] = ()  # what somebody waits for: questions to the person, work in the background
    said: Item | None = None  # the agent's last words, cut to a bound
