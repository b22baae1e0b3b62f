"""Search: a typed text becomes places, addresses, streets, districts and categories, best first.

Three languages, any alphabet, other endings, slips of the hand, a keyboard left in the other
layout. Owns the order and what a hit says; the database is asked through `geo.places.lookup`.
Only active places are found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from geo.distance import apart_m
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.categories import NamedCategory, find_categories, find_label
from geo.places.districts import find_districts
from geo.places.kinds import PlaceKind
from geo.places.labels import choose_name, write_address
from geo.places.lookup import (
    Candidate,
    Variants,
    find_addressed,
    find_parts,
    find_places,
    find_streets,
    find_variants,
)
from geo.places.ranking import Match, find_rank, match
from geo.places.typed import SPELT_OTHERWISE, Typed, is_number, read_typed, swap_keyboard

MOST_HITS = 50
_GOOD = 0.75
"""A find below this is looked for again, with slips mended or a word left out (P)."""
_FEW = 3
_POOR = 0.35
"""What is less like than this is not shown (P)."""
_LEAST_SHARE = 0.5
_PART_OF_TEXT = 0.65
"""What a category is worth that only a part of the text names (P)."""
_LEFT_OUT = 0.8
"""What a find is worth in which one typed word does not occur (P)."""
_AROUND_M = 250.0
_AROUND_MOST = 10
_ONE_HOUSE_M = 150.0
"""A building and a shop with its address are no farther apart; another town's house is (P)."""
_BY_PLACE = Match(likeness=0.78, by_name=True, by_house=False)
"""A place of the wanted category near the wanted address (P)."""
_SWAPPED = 0.9
_PARTED = 0.95
"""What a find is worth on the other keyboard, and in two words that were typed as one (P)."""


class HitKind(StrEnum):
    """What a hit is."""

    PLACE = "place"
    ADDRESS = "address"
    STREET = "street"
    DISTRICT = "district"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that may have been meant."""

    kind: HitKind
    name: str
    """In the wanted language, or in another where it has none."""
    likeness: float
    """How well it answers, 0 to 1, wherever it is."""
    rank: float
    """The same with nearness: what hits are sorted by."""
    place_id: UUID | None = None
    place_kind: PlaceKind | None = None
    category: str | None = None
    categories: tuple[str, ...] = ()
    """Of a category: all that are meant by the word."""
    address: str | None = None
    point: tuple[float, float] | None = None
    box: tuple[float, float, float, float] | None = None
    """Of a district: west, south, east, north."""
    district_id: UUID | None = None
    distance_m: float | None = None
    entry: dict[Profile, Word] | None = None
    service: dict[Profile, Word] | None = None


async def search(
    db: AsyncSession,
    *,
    text: str,
    language: str,
    near: tuple[float, float] | None = None,
    limit: int = 10,
) -> list[Hit]:
    """Give what `text` may mean, the best first; an empty list when it means nothing here.

    `near` is lon, lat: of equally good hits the nearest comes first. `language` is that of the
    names in the answer (`kk`, `ru`, `en`); the text may be in any.
    """
    hits = await _search(db, text, language, near)
    if not hits:
        parted = await _part_words(db, text)
        hits = await _search(db, parted, language, near, worth=_PARTED) if parted else []
    if not hits or hits[0].likeness < _GOOD:
        swapped = swap_keyboard(text)
        if swapped is not None:
            other = await _search(db, swapped, language, near, worth=_SWAPPED)
            best: dict[object, Hit] = {}
            for hit in sorted([*hits, *other], key=_order):
                best.setdefault((hit.kind, hit.place_id or hit.name), hit)
            hits = list(best.values())
    return hits[: min(limit, MOST_HITS)]


@dataclass(frozen=True, slots=True)
class _Question:
    """A text with everything that its words may stand for."""

    typed: Typed
    categories: Sequence[NamedCategory]
    variants: Variants
    named: Sequence[Mapping[str, float]]
    """Categories that each typed word may name, with how likely."""

    def groups(self, marks: str) -> list[set[str]]:
        """Words of which one must be there, for each typed word: name, `@`ddress, `~`category."""
        found = []
        for place, word in enumerate(self.typed.words):
            group = set(self.variants[word]) if " " in marks else set()
            if "@" in marks:
                group |= {f"@{each}" for each in self.variants[word]}
            if "~" in marks:
                group |= {f"~{name}" for name in self.named[place]}
            found.append(group)
        return found


async def _ask(
    db: AsyncSession, typed: Typed, categories: Sequence[NamedCategory], *, mend: bool
) -> _Question:
    found = await find_variants(db, typed.words, mend=mend)
    variants = {
        word: {**dict.fromkeys(more, SPELT_OTHERWISE), **found[word]}
        for word, more in zip(typed.words, typed.more, strict=True)
    }
    named: list[dict[str, float]] = [{} for _word in typed.words]
    for it in categories:
        for likely in named[it.first : it.last]:
            for name in it.categories:
                likely[name] = max(it.weight, likely.get(name, 0.0))
    return _Question(typed, categories, variants, named)


async def _search(
    db: AsyncSession,
    text: str,
    language: str,
    near: tuple[float, float] | None,
    *,
    worth: float = 1.0,
) -> list[Hit]:
    typed = read_typed(text)
    if not typed.words:
        return []
    categories = find_categories(typed.words)
    hits = _show_categories(typed, categories, language, worth)
    hits |= await _show_districts(db, typed, near, language, worth)
    question = await _ask(db, typed, categories, mend=False)
    for candidate in await _gather(db, question, near):
        _add(hits, candidate, question, language, worth)
    if worth == _SWAPPED and not hits:
        return []  # What is no word with the other layout either is not mended as well.
    if not _is_enough(hits):
        question = await _ask(db, typed, categories, mend=True)
        for candidate in await _gather(db, question, near):
            _add(hits, candidate, question, language, worth)
    if not _is_good(hits) and len(typed.words) > 1:
        for candidate in await _gather_around(db, question, near):
            _keep(hits, _show(candidate, _BY_PLACE, language, _BY_PLACE.likeness * worth))
    if not _is_good(hits) and len(typed.words) > 1:
        for candidate in await _gather_without_one(db, question, near):
            _add(hits, candidate, question, language, worth * _LEFT_OUT)
    return sorted(hits.values(), key=_order)


async def _part_words(db: AsyncSession, text: str) -> str | None:
    """Return the text with a space between two known words that were typed as one."""
    words = list(read_typed(text).words)
    for place, word in enumerate(words):
        parts = await find_parts(db, word)
        if parts is not None:
            return " ".join([*words[:place], *parts, *words[place + 1 :]])
    return None


def _is_enough(hits: dict[object, Hit]) -> bool:
    """Tell whether words a few letters away need not be tried.

    A street that is alone may have its longer part under another spelling: Сатпаева, Сәтбаев.
    """
    others = [hit for hit in hits.values() if hit.kind is not HitKind.DISTRICT]
    streets = all(hit.kind is HitKind.STREET for hit in others)
    return _is_good(hits) and (len(others) >= _FEW or not streets)


def _is_good(hits: dict[object, Hit]) -> bool:
    """Tell whether something fits; districts do not count, whose slips are mended at once."""
    return any(hit.likeness >= _GOOD for hit in hits.values() if hit.kind is not HitKind.DISTRICT)


async def _gather(
    db: AsyncSession, question: _Question, near: tuple[float, float] | None
) -> list[Candidate]:
    typed = question.typed
    found = await find_places(db, question.groups(" ~"), near=near)
    if typed.has_name:
        found += await _gather_streets(db, question, near)
        if typed.has_number:
            found += await find_places(db, question.groups("@"), near=near)
    # Sorted: the first category covers the most words. One that covers a part is a filter.
    is_part = any(it.last - it.first < len(typed.words) for it in question.categories[:1])
    if len(typed.words) > 1 and (is_part or not found):
        found += await find_places(db, question.groups(" @~"), near=near)
    return found


async def _gather_streets(
    db: AsyncSession, question: _Question, near: tuple[float, float] | None
) -> list[Candidate]:
    """Look for streets; a number at the end may be of a house and not of the street."""
    groups = question.groups(" ")
    found = await find_streets(db, groups, near=near)
    words = question.typed.words
    if not found and len(words) > 1 and is_number(words[-1]):
        found = await find_streets(db, groups[:-1], near=near)
    return found


async def _gather_around(
    db: AsyncSession, question: _Question, near: tuple[float, float] | None
) -> list[Candidate]:
    """Look for places of a category around the address or street that the other words name.

    An organisation seldom has an address of its own on the map: "аптека, Абая 7".
    """
    named = question.categories[:1]
    if not named:
        return []
    covered = range(named[0].first, named[0].last)
    rest = [place for place in range(len(question.typed.words)) if place not in covered]
    if all(is_number(question.typed.words[place]) for place in rest):
        return []
    address, plain = question.groups("@"), question.groups(" ")
    spots = await find_places(db, [address[place] for place in rest], near=near, most=1)
    spots = spots or await find_streets(db, [plain[place] for place in rest], near=near, most=1)
    if not spots:
        return []
    wanted = [{f"~{category}" for category in named[0].categories}]
    around = await find_places(db, wanted, near=spots[0].point, most=_AROUND_MOST)
    return [
        replace(each, distance_m=apart_m(each.point, near) if near else None)
        for each in around
        if (each.distance_m or 0.0) <= _AROUND_M
    ]


async def _gather_without_one(
    db: AsyncSession, question: _Question, near: tuple[float, float] | None
) -> list[Candidate]:
    """Look for everything but one word, each in turn; numbers alone are no question."""
    words = question.typed.words
    groups = question.groups(" @~")
    found: list[Candidate] = []
    for place in range(len(words)):
        rest = [word for number, word in enumerate(words) if number != place]
        if all(is_number(word) for word in rest):
            continue
        kept = [group for number, group in enumerate(groups) if number != place]
        found += await find_places(db, kept, near=near, most=50)
        if not question.typed.has_number:
            plain = [g for n, g in enumerate(question.groups(" ")) if n != place]
            found += await find_streets(db, plain, near=near, most=20)
    return found


def _add(
    hits: dict[object, Hit], candidate: Candidate, question: _Question, language: str, worth: float
) -> None:
    """Keep the best hit of each place, address and street."""
    matched = match(candidate, question.typed, question.variants, question.named)
    likeness = matched.likeness * worth
    if likeness < _POOR:
        return
    _keep(hits, _show(candidate, matched, language, likeness))


def _keep(hits: dict[object, Hit], hit: Hit) -> None:
    key = hit.place_id if hit.kind is HitKind.PLACE else (hit.kind, hit.name)
    old = hits.get(key)
    if old is None or _is_better(hit, old):
        hits[key] = hit


def _is_better(hit: Hit, old: Hit) -> bool:
    """Tell which of two is kept; an address is its building, not a shop in it that is nearer."""
    inside, was_inside = (each.place_kind is PlaceKind.ORGANISATION for each in (hit, old))
    is_mixed = hit.kind is HitKind.ADDRESS and inside is not was_inside
    if is_mixed and hit.point and old.point and apart_m(hit.point, old.point) <= _ONE_HOUSE_M:
        return was_inside
    return _order(hit) < _order(old)


def _show(candidate: Candidate, matched: Match, language: str, likeness: float) -> Hit:
    rank = find_rank(likeness, candidate.distance_m)
    address = write_address(candidate.address, language)
    if candidate.kind == HitKind.STREET:
        return Hit(
            kind=HitKind.STREET,
            name=choose_name(candidate.name, language) or "",
            likeness=likeness,
            rank=rank,
            point=candidate.point,
            distance_m=candidate.distance_m,
        )
    name = choose_name(candidate.name, language)
    is_address = matched.by_house or name is None
    label = find_label(candidate.category, language) or candidate.category
    return Hit(
        kind=HitKind.ADDRESS if is_address and address else HitKind.PLACE,
        name=(address if is_address else None) or name or label,
        likeness=likeness,
        rank=rank,
        place_id=candidate.id if isinstance(candidate.id, UUID) else None,
        place_kind=PlaceKind(candidate.kind),
        category=candidate.category,
        address=address,
        point=candidate.point,
        distance_m=candidate.distance_m,
        entry=_read_words(candidate.entry_words),
        service=_read_words(candidate.service_words),
    )


def _read_words(codes: Sequence[int]) -> dict[Profile, Word]:
    return {profile: Word.from_code(codes[profile.position]) for profile in Profile}


def _show_categories(
    typed: Typed, categories: Sequence[NamedCategory], language: str, worth: float
) -> dict[object, Hit]:
    """Give the categories that at least half of the text names."""
    hits: dict[object, Hit] = {}
    for named in categories:
        share = (named.last - named.first) / len(typed.words)
        # A part is never good enough to leave the other words unmended.
        likeness = named.weight * worth * (1.0 if share == 1 else _PART_OF_TEXT)
        if share < _LEAST_SHARE or (HitKind.CATEGORY, named.category) in hits:
            continue
        hits[HitKind.CATEGORY, named.category] = Hit(
            kind=HitKind.CATEGORY,
            name=find_label(named.category, language) or named.category,
            likeness=likeness,
            rank=find_rank(likeness, None),
            category=named.category,
            categories=named.categories,
        )
    return hits


async def _show_districts(
    db: AsyncSession,
    typed: Typed,
    near: tuple[float, float] | None,
    language: str,
    worth: float,
) -> dict[object, Hit]:
    """Give the districts that all of the text names."""
    hits: dict[object, Hit] = {}
    for found in await find_districts(db, typed, near=near):
        likeness = found.likeness * worth
        hits[HitKind.DISTRICT, found.id] = Hit(
            kind=HitKind.DISTRICT,
            name=choose_name(found.name, language) or "",
            likeness=likeness,
            rank=find_rank(likeness, found.distance_m),
            point=found.centre,
            box=found.box,
            district_id=found.id,
            distance_m=found.distance_m,
        )
    return hits


def _order(hit: Hit) -> tuple[float, int, float, str]:
    """Best first; of equals the category, district, street, building, then the nearest."""
    kinds = (
        HitKind.CATEGORY, HitKind.DISTRICT, HitKind.STREET, HitKind.ADDRESS, HitKind.PLACE,
    )  # fmt: skip
    inside = hit.place_kind is PlaceKind.ORGANISATION
    return (-hit.rank, kinds.index(hit.kind) * 2 + inside, hit.distance_m or 0.0, hit.name)


async def find_nearest_address(
    db: AsyncSession, *, point: tuple[float, float], language: str
) -> Hit | None:
    """Give the place with an address nearest to a point (lon, lat); `None` beyond 100 m.

    A building whose outline holds the point comes before anything nearer outside it.
    """
    candidate = await find_addressed(db, point)
    if candidate is None:
        return None
    by_house = Match(likeness=1.0, by_name=False, by_house=True)
    return _show(candidate, by_house, language, 1.0)
