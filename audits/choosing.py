"""Places for one person: the nearest candidates judged by their own limits, page by page.

Nothing is stored per person, so each page judges a bounded number of candidates and says how
many; the next page goes on after the last that was judged.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from audits.explaining import Asker, judge_scope
from audits.recompute import load_places
from audits.verdicts import PlaceFacts, Scope, Verdict
from geo.mobility import Profile, Word
from geo.places.search import FoundPlace, PlaceFilter, continue_after, list_places

MOST_CANDIDATES = 200
"""Places judged for one page (DESIGN: lists with own limits)."""


@dataclass(frozen=True, slots=True)
class JudgedPage:
    """Places with the person's own word, and how many were looked at for them."""

    items: Sequence[tuple[FoundPlace, Verdict]]
    candidates: int
    """How many places were judged for this page."""
    cursor: str | None
    """Goes on with the candidates behind; `None` when there are none."""


async def list_places_for(
    db: AsyncSession,
    wanted: PlaceFilter,
    *,
    asker: Asker,
    profile: Profile,
    now: datetime,
    cursor: str | None = None,
) -> JudgedPage:
    """List the nearest places whose word for this person is wanted; all words without a wish.

    `wanted.near` is given; `wanted.words`, `scope`, `limit` and `least_confidence` are about the
    person's own verdict. A page may hold fewer places than its limit, or none, and still have a
    next one. Raises BoxTooLargeError and InvalidCursorError.
    """
    # The published word and its confidence are not what is asked for.
    broad = replace(wanted, profile=None, words=(), limit=MOST_CANDIDATES, least_confidence=0)
    broad = replace(broad, bound_to=_bind(wanted, asker, profile))
    page = await list_places(db, broad, cursor=cursor)
    facts = await load_places(db, [found.place for found in page.items])
    verdicts = await asyncio.to_thread(_judge, facts, asker, profile, Scope(wanted.scope), now)
    chosen: list[tuple[FoundPlace, Verdict]] = []
    for number, found in enumerate(page.items, start=1):
        verdict = verdicts[found.place.id]
        if not _is_wanted(verdict, wanted.words, wanted.least_confidence):
            continue
        chosen.append((found, verdict))
        if len(chosen) == wanted.limit and number < len(page.items):
            following = continue_after(broad, page.items[:number], cursor=cursor)
            return JudgedPage(chosen, number, following)
    return JudgedPage(chosen, len(page.items), page.cursor)


def _bind(wanted: PlaceFilter, asker: Asker, profile: Profile) -> str:
    mine = replace(asker, keys=frozenset())
    return repr((profile, wanted.words, wanted.least_confidence, mine, sorted(asker.keys)))


def _judge(
    facts: Mapping[UUID, PlaceFacts],
    asker: Asker,
    profile: Profile,
    scope: Scope,
    now: datetime,
) -> dict[UUID, Verdict]:
    return {
        place_id: judge_scope(place, profile, scope, asker, now=now)
        for place_id, place in facts.items()
    }


def _is_wanted(verdict: Verdict, words: Collection[Word], least_confidence: int) -> bool:
    if words and verdict.word not in words:
        return False
    return verdict.confidence.rank >= least_confidence
