"""Find the districts of the city that somebody typed, in any of the languages.

Their names are few, so all are compared, with the same folding, endings and slips as names of
places. Russian makes an adjective of a name (Медеуский район) where Kazakh and English keep it
(Медеу ауданы, Medeu District); both count as the name. The whole city, where the map knows no
districts, is no district.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from geo.places.folding import fold_words
from geo.places.likeness import weigh
from geo.places.typed import SORT_OF, Typed

_SORT = "district"
_SORT_WORDS = tuple(word for word, sort in SORT_OF.items() if sort == _SORT)
_SURELY = 0.8
_SORT_FITS = 0.03
_COVERED = 0.25
"""Share that hangs on how much of the name was typed, as with places."""
_ADJECTIVE = 0.98
_ADJECTIVES = tuple(sorted(fold_words("ский ского скому ском ским"), key=len, reverse=True))
_LEAST_STEM = 4
LEAST_LIKENESS = 0.6
"""What is less like than this is another word (P)."""
_MOST = 5

_NAMES = text("SELECT id, name FROM districts WHERE source_key <> 'city' ORDER BY id")
_SHAPES = text("""
SELECT id, ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom), ST_X(inside), ST_Y(inside),
       CASE WHEN CAST(:lon AS float) IS NULL THEN NULL ELSE ST_Distance(
         geom::geography, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography, false) END
FROM districts CROSS JOIN LATERAL (SELECT ST_PointOnSurface(geom) AS inside) AS spot
WHERE id = ANY(:ids)
""")


@dataclass(frozen=True, slots=True)
class FoundDistrict:
    """A district that may have been meant."""

    id: UUID
    name: Mapping[str, str]
    likeness: float
    """0 to 1, comparable with that of places."""
    box: tuple[float, float, float, float]
    """West, south, east, north in degrees."""
    centre: tuple[float, float]
    """Longitude and latitude of a point well inside."""
    distance_m: float | None
    """To its edge, 0 inside; empty where nobody said where."""


async def find_districts(
    db: AsyncSession, typed: Typed, *, near: tuple[float, float] | None
) -> list[FoundDistrict]:
    """Find districts that all of a text names, the likeliest first; `near` is lon, lat."""
    if _is_no_district(typed):
        return []
    names: dict[UUID, Mapping[str, str]] = {row[0]: row[1] for row in await db.execute(_NAMES)}
    likely = {key: match_district(typed, name) for key, name in names.items()}
    best = sorted(
        (key for key, likeness in likely.items() if likeness >= LEAST_LIKENESS),
        key=lambda key: (-likely[key], key),
    )[:_MOST]
    if not best:
        return []
    lon, lat = near or (None, None)
    rows = await db.execute(_SHAPES, {"ids": best, "lon": lon, "lat": lat})
    shapes = {row[0]: row[1:] for row in rows}
    return [
        FoundDistrict(
            id=key,
            name=names[key],
            likeness=likely[key],
            box=(west, south, east, north),
            centre=(x, y),
            distance_m=distance_m,
        )
        for key in best
        if key in shapes
        for west, south, east, north, x, y, distance_m in [shapes[key]]
    ]


def match_district(typed: Typed, name: Mapping[str, str]) -> float:
    """Tell how well a text names a district, 0 to 1; 0 unless every word of it does."""
    if _is_no_district(typed):
        return 0.0
    return max((_match_one(typed, each) for each in name.values()), default=0.0)


def _is_no_district(typed: Typed) -> bool:
    """Tell whether a number, or the sort of another thing, was typed."""
    return typed.has_number or bool(typed.sorts and _SORT not in typed.sorts)


def _match_one(typed: Typed, name: str) -> float:
    words = [word for word in fold_words(name) if word not in SORT_OF]
    if not words:
        return 0.0
    # In Russian and Kazakh the sort has endings, too: в Медеуском районе, Медеу ауданында.
    wanted = [word for word in typed.words if not _is_sort(word)]
    if not wanted:
        return 0.0
    used, total = set(), 0.0
    for word in wanted:
        weight, meant = max((_weigh(word, each), each) for each in words)
        if weight <= 0:
            return 0.0
        used.add(meant)
        total += weight
    likeness = total / len(wanted) * (1 - _COVERED + _COVERED * len(used) / len(words))
    is_named = _SORT in typed.sorts or len(wanted) < len(typed.words)
    return min(1.0, likeness + (_SORT_FITS if is_named else 0.0))


def _is_sort(word: str) -> bool:
    return any(weigh(word, each) >= _SURELY for each in _SORT_WORDS)


def _weigh(typed: str, known: str) -> float:
    """Return how likely a word of a name is meant, as it stands or without the adjective."""
    plain, bare = _strip(typed), _strip(known)
    return max(weigh(typed, known), _ADJECTIVE * weigh(plain, bare))


def _strip(word: str) -> str:
    for ending in _ADJECTIVES:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST_STEM:
            return word.removesuffix(ending)
    return word
