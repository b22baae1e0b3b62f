"""Look for folded words in the database: which words there are, and which places hold them.

Everything here is bounded: so many words, so many places, and what is far away is left out
where too much is found. Words reach SQL as literals, because a plan made for a rare word must
not serve for a common one; they hold nothing but letters and digits.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo.places.likeness import list_stems, weigh
from geo.places.typed import is_number

MOST_CANDIDATES = 150
_MOST_HELD = 3_000
"""Places that are looked at before only those near by are (P)."""
_NEAR_DEGREES = (0.03, 0.15)
"""Half of the boxes around a person in which the nearest are looked for (P)."""
_ENOUGH = 50
_LEAST_PART = 4
_MOST_WORDS = 60
_MOST_MENDED = 25
_MOST_VARIANTS = 12
_AROUND_DEGREES = 0.003
_MOST_AWAY_M = 100.0
_SAFE = re.compile(r"[@~]?[a-z0-9_/]+")

Variants = Mapping[str, Mapping[str, float]]
"""For each typed word the known words that may be meant, with how likely each is."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place or street that holds the wanted words."""

    id: UUID | int
    kind: str
    name: Mapping[str, str]
    address: Mapping[str, str]
    category: str
    point: tuple[float, float]
    words: frozenset[str]
    entry_words: Sequence[int] = ()
    service_words: Sequence[int] = ()
    distance_m: float | None = None


async def find_variants(db: AsyncSession, words: Collection[str], *, mend: bool) -> Variants:
    """Give the known words that each typed word may stand for.

    Other endings and longer words always; with `mend` also words a few letters away. A number
    stands for itself.
    """
    found: dict[str, dict[str, float]] = {word: {word: 1.0} for word in words}
    letters = [word for word in words if not is_number(word)]
    if not letters:
        return found
    begins = [(word, _range_start(word)) for word in letters]
    rows = await db.execute(_BEGINNINGS, _as_arrays(begins))
    known = [(row.typed, row.word) for row in rows]
    if mend:
        rows = await db.execute(_LIKE, {"typed": letters, "most": _MOST_MENDED})
        known += [(row.typed, row.word) for row in rows]
    for typed, word in known:
        weight = weigh(typed, word)
        if weight > 0:
            found[typed][word] = max(weight, found[typed].get(word, 0.0))
    return {typed: _keep_best(likely) for typed, likely in found.items()}


def _range_start(word: str) -> str:
    stem = min(list_stems(word), key=len)
    # Kazakh softens the last letter of a stem: мектеп, мектебі.
    return stem[:-1] if len(stem) > 4 and stem[-1] in "pkt" else stem  # noqa: PLR2004 - a stem


def _as_arrays(begins: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "typed": [typed for typed, _start in begins],
        "starts": [start for _typed, start in begins],
        "most": _MOST_WORDS,
    }


def _keep_best(likely: Mapping[str, float]) -> dict[str, float]:
    best = sorted(likely.items(), key=lambda item: (-item[1], item[0]))
    return dict(best[:_MOST_VARIANTS])


_BEGINNINGS = text("""
SELECT given.typed, known.word
FROM unnest(CAST(:typed AS text[]), CAST(:starts AS text[])) AS given (typed, start),
LATERAL (
  SELECT word FROM search_words
  WHERE word ~>=~ given.start AND word ~<~ (given.start || '~')
  ORDER BY abs(length(word) - length(given.typed)), word LIMIT :most
) AS known
""")
_LIKE = text("""
SELECT given.typed, known.word
FROM unnest(CAST(:typed AS text[])) AS given (typed),
LATERAL (SELECT word FROM search_words ORDER BY word <-> given.typed LIMIT :most) AS known
""")

_PARTS = text("""
SELECT given.head, given.tail
FROM unnest(CAST(:heads AS text[]), CAST(:tails AS text[])) AS given (head, tail)
WHERE EXISTS (SELECT FROM search_words WHERE word = given.head)
  AND EXISTS (SELECT FROM search_words WHERE word = given.tail)
ORDER BY least(length(given.head), length(given.tail)) DESC, given.head LIMIT 1
""")


async def find_parts(db: AsyncSession, word: str) -> tuple[str, str] | None:
    """Give two known words that make up this one, `None` when there are none."""
    cuts = range(_LEAST_PART, len(word) - _LEAST_PART + 1)
    if is_number(word) or not cuts:
        return None
    given = {"heads": [word[:cut] for cut in cuts], "tails": [word[cut:] for cut in cuts]}
    row = (await db.execute(_PARTS, given)).first()
    return None if row is None else (row.head, row.tail)


_PLACES = """
WITH held AS MATERIALIZED (
  SELECT id, point FROM places WHERE state = 'active' AND {conditions} LIMIT {most_held}
), nearest AS MATERIALIZED (
  SELECT id, count(*) OVER () AS held, {distance} AS distance_m
  FROM held ORDER BY {order} LIMIT {most}
)
SELECT id, kind, name, address, category, ST_X(point) AS lon, ST_Y(point) AS lat, search_words,
       entry_words, service_words, held, distance_m
FROM nearest JOIN places USING (id) ORDER BY {order}
"""
# From the nearest on, until there are enough: OFFSET keeps the order of the inner scan.
_AROUND = """
WITH nearest AS MATERIALIZED (
  SELECT id
  FROM (SELECT id, state, search_words FROM places
        WHERE point && ST_Expand({here}, {within}) ORDER BY point <-> {here} OFFSET 0) AS around
  WHERE state = 'active' AND {conditions} LIMIT {most}
)
SELECT id, kind, name, address, category, ST_X(point) AS lon, ST_Y(point) AS lat, search_words,
       entry_words, service_words, {distance} AS distance_m
FROM nearest JOIN places USING (id) ORDER BY distance_m, id
"""
_STREETS = """
SELECT id, 'street' AS kind, name, '{{}}'::jsonb AS address, '' AS category,
       ST_X({spot}) AS lon, ST_Y({spot}) AS lat, search_words,
       NULL AS entry_words, NULL AS service_words, {distance} AS distance_m
FROM streets WHERE {conditions} ORDER BY {order} LIMIT {most}
"""
_HERE = "ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)"


async def find_places(
    db: AsyncSession,
    groups: Sequence[Collection[str]],
    *,
    near: tuple[float, float] | None,
    most: int = MOST_CANDIDATES,
) -> list[Candidate]:
    """Give active places that hold a word of every group, the nearest first.

    Words of names are plain, words of addresses begin with `@`, a category with `~`.
    """
    in_all = set(groups[0]).intersection(*groups[1:])
    if near is not None and any(word[0] == "~" for word in in_all):
        # There are many of a category: a look around is mostly enough.
        rows = await _read_around(db, groups, near, min(most, _ENOUGH), _NEAR_DEGREES[0])
        if len(rows) >= min(most, _ENOUGH):
            return [_as_candidate(row) for row in rows]
    rows = await _read_places(db, groups, near, most)
    if near is not None and rows and rows[0].held >= _MOST_HELD:
        for within in _NEAR_DEGREES:
            nearer = await _read_around(db, groups, near, most, within)
            if nearer:
                rows = nearer
            if len(nearer) >= most:
                break
    return [_as_candidate(row) for row in rows]


async def _read_places(
    db: AsyncSession,
    groups: Sequence[Collection[str]],
    near: tuple[float, float] | None,
    most: int,
) -> Sequence[Any]:
    statement = _PLACES.format(
        conditions=_hold(groups),
        most_held=_MOST_HELD,
        distance=_measure("point", near),
        order="distance_m, id" if near else "id",
        most=most,
    )
    return (await db.execute(text(statement), _place_of(near))).all()


async def _read_around(
    db: AsyncSession,
    groups: Sequence[Collection[str]],
    near: tuple[float, float],
    most: int,
    within: float,
) -> Sequence[Any]:
    """Read the nearest in a box; the order is of degrees, so the last few may be others."""
    statement = _AROUND.format(
        here=_HERE,
        within=within,
        conditions=_hold(groups),
        distance=_measure("point", near),
        most=most,
    )
    return (await db.execute(text(statement), _place_of(near))).all()


async def find_streets(
    db: AsyncSession,
    groups: Sequence[Collection[str]],
    *,
    near: tuple[float, float] | None,
    most: int = MOST_CANDIDATES,
) -> list[Candidate]:
    """Give streets that hold a word of every group, the nearest first; at their nearest point."""
    spot = f"ST_ClosestPoint(geom, {_HERE if near else 'ST_Centroid(geom)'})"
    statement = _STREETS.format(
        spot=spot,
        conditions=_hold(groups),
        distance=_measure("geom", near),
        order="distance_m, id" if near else "id",
        most=most,
    )
    rows = await db.execute(text(statement), _place_of(near))
    return [_as_candidate(row) for row in rows]


_ADDRESSED = text(f"""
SELECT id, kind, name, address, category, ST_X(point) AS lon, ST_Y(point) AS lat, search_words,
       entry_words, service_words,
       ST_Distance(coalesce(footprint, point)::geography, {_HERE}::geography, false) AS distance_m
FROM places
WHERE state = 'active' AND address ? 'street'
  AND (ST_Expand({_HERE}, {_AROUND_DEGREES}) && point
       OR ST_Expand({_HERE}, {_AROUND_DEGREES}) && footprint)
ORDER BY distance_m, kind <> 'building', NOT address ? 'housenumber', id LIMIT 1
""")  # noqa: S608 - constants of this module


async def find_addressed(db: AsyncSession, here: tuple[float, float]) -> Candidate | None:
    """Give the place with an address nearest to a point, by its outline; `None` beyond 100 m."""
    row = (await db.execute(_ADDRESSED, _place_of(here))).first()
    if row is None or row.distance_m > _MOST_AWAY_M:
        return None
    return _as_candidate(row)


def _place_of(near: tuple[float, float] | None) -> dict[str, float]:
    return {} if near is None else {"lon": near[0], "lat": near[1]}


def _measure(column: str, near: tuple[float, float] | None) -> str:
    if near is None:
        return "NULL::double precision"
    return f"ST_Distance({column}::geography, {_HERE}::geography, false)"


def _hold(groups: Sequence[Collection[str]]) -> str:
    return " AND ".join(f"search_words && {_literal(group)}" for group in groups)


def _literal(words: Collection[str]) -> str:
    if not all(_SAFE.fullmatch(word) for word in words):
        raise ValueError("a folded word holds letters, digits and slashes only")
    return "ARRAY[" + ",".join(f"'{word}'" for word in sorted(words)) + "]::text[]"


def _as_candidate(row: Any) -> Candidate:  # noqa: ANN401 - a row of either statement
    return Candidate(
        id=row.id,
        kind=row.kind,
        name=row.name,
        address=row.address,
        category=row.category,
        point=(row.lon, row.lat),
        words=frozenset(row.search_words),
        entry_words=row.entry_words or (),
        service_words=row.service_words or (),
        distance_m=row.distance_m,
    )
