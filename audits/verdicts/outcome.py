"""Partial answers and how they are put together: chains and alternatives.

Invariant: a chain is as good as its worst link and keeps every reason; of alternatives the best
one counts alone, and where all fail all reasons are kept, so no proven violation is lost.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audits.observations import Fact
from audits.verdicts.model import Missing, Reason
from geo.mobility import Word


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known about one link of the way, or about several together."""

    word: Word = Word.YES
    reasons: tuple[Reason, ...] = ()
    missing: tuple[Missing, ...] = ()
    """Mandatory facts without which the word is unknown."""
    unanswered: tuple[Missing, ...] = ()
    """Advisory facts nobody answered."""
    facts: tuple[Fact, ...] = ()
    """Facts that were used."""
    asked: int = 0
    """Rows that applied; `answered` of them had an answer."""
    answered: int = 0


CLEAR = Outcome()
"""Nothing to pass and nothing asked."""


def chain(links: Iterable[Outcome]) -> Outcome:
    """Put together links that are all needed."""
    found = [link for link in links if link is not CLEAR]
    if len(found) <= 1:
        return found[0] if found else CLEAR
    word = Word.YES
    reasons: list[Reason] = []
    missing: list[Missing] = []
    unanswered: list[Missing] = []
    facts: list[Fact] = []
    asked = answered = 0
    for link in found:
        if link.word.rank < word.rank:
            word = link.word
        reasons += link.reasons
        missing += link.missing
        unanswered += link.unanswered
        facts += link.facts
        asked += link.asked
        answered += link.answered
    return Outcome(
        word, tuple(reasons), tuple(missing), tuple(unanswered), tuple(facts), asked, answered
    )


def choose(alternatives: Sequence[Outcome]) -> Outcome:
    """Return what follows from alternatives of which one is enough; at least one is given.

    Among equal words the one with fewer open questions, then fewer reasons, then the first.
    """
    best = alternatives[best_index(alternatives)]
    if best.word is not Word.NO or len(alternatives) == 1:
        return best
    together = chain(alternatives)
    return Outcome(
        word=Word.NO,
        reasons=together.reasons,
        unanswered=best.unanswered,
        facts=together.facts,
        asked=best.asked,
        answered=best.answered,
    )


def best_index(alternatives: Sequence[Outcome]) -> int:
    """Return the position of the alternative that counts."""

    def strength(position: int) -> tuple[int, int, int, int]:
        outcome = alternatives[position]
        return (
            outcome.word.rank,
            -len(outcome.missing),
            -len(outcome.reasons),
            -position,
        )

    return max(range(len(alternatives)), key=strength)
