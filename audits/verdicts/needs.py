"""Needs that one of several things can meet: a strip, a beacon or somebody who comes.

Options are tried in order until one gives yes. A missing option keeps the word unknown, except
a bonus one, which counts only where somebody saw it.
"""

from collections.abc import Iterable

from audits.observations import Fact
from audits.verdicts.case import Case
from audits.verdicts.outcome import CLEAR, Outcome, best_index, chain
from audits.verdicts.parts import Part
from audits.verdicts.rows import conclude, open_question, word_of_answer
from audits.verdicts.rules import Either, Option
from geo.mobility import Word


def judge_either(case: Case, need: Either, parts: Iterable[Part]) -> Outcome:
    """Judge a need; `parts` are the places to look for an answer, the nearest first."""
    places = list(parts)
    tried: list[Outcome] = []
    for option in need.options:
        outcome = _judge_option(case, need, option, places)
        if outcome is CLEAR:
            continue
        if outcome.word is Word.YES and not outcome.unanswered:
            return outcome
        tried.append(outcome)
    if not tried:
        return CLEAR
    open_questions = [outcome for outcome in tried if outcome.word is Word.UNKNOWN]
    if open_questions:
        return chain(open_questions)
    unanswered = [outcome for outcome in tried if outcome.unanswered]
    return unanswered[0] if unanswered else _best(tried)


def _best(tried: list[Outcome]) -> Outcome:
    best = tried[best_index(tried)]
    return chain(tried) if best.word is Word.NO else best


def _judge_option(case: Case, need: Either, option: Option, places: list[Part]) -> Outcome:
    found = _find(option.field, places)
    if found is None:
        if option.bonus:
            return CLEAR
        return open_question(places[0], option.field, mandatory=need.mandatory)
    part, fact = found
    word = word_of_answer(option.words, fact)
    hours = _find(option.hours_field, places) if option.hours_field else None
    if hours is not None and word is Word.YES and case.closed(hours[1]):
        word = Word.NO
    if option.bonus and (word is Word.UNKNOWN or fact.stale_at(case.moment)):
        return CLEAR
    return conclude(
        case,
        part,
        fact,
        word,
        requirement=need.id,
        mandatory=need.mandatory,
        help_kinds=option.help_kinds,
    )


def _find(field: str, places: list[Part]) -> tuple[Part, Fact] | None:
    """Return the first answer that says something, and where it stands."""
    for part in places:
        fact = part.find(field)
        if fact is not None:
            return part, fact
    return None
