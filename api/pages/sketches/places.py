"""The sketch of a view: the places of a list, by number, word and direction."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.pages.site import translate, translate_count
from api.pages.sketches.canvas import WORD_LEGEND, Canvas, attribute, say_direction
from api.pages.texts import PROFILES, WORDS, describe_entry
from api.pages.views import describe_category, name_place
from geo.distance import apart_m
from geo.geojson import read_point
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.kinds import PlaceState
from geo.places.models import Place
from geo.places.search import PlaceFilter, list_places
from geo.sketches.cells import Cell, count_cells, mark_cells
from geo.sketches.ground import read_ground
from geo.sketches.model import Mark, Sketch, Symbol
from geo.sketches.view import View, view_of_box


def _(message: str) -> str:
    return message


_SPOKEN = 10
_INSIDE_PX = 6.0
_APART_PX = 26.0
"""Numbers nearer to each other than this cannot be read."""

Numbered = tuple[Place, tuple[float, float]]


async def draw_view(
    db: AsyncSession,
    canvas: Canvas,
    *,
    box: Sequence[float],
    wanted: PlaceFilter,
    profile: Profile,
    here: tuple[float, float] | None = None,
    numbered_ids: Sequence[UUID] = (),
) -> bytes:
    """Draw the places of a box that fit a filter.

    `numbered_ids` carry the numbers of the list beside the picture, in its order; without them
    the nearest of the filter do. A number that would hide another is left out. All other places
    are marks or counts. `here` is ringed. Raises InvalidViewError and BoxTooLargeError.
    """
    view = view_of_box(box, width_px=canvas.width_px, height_px=canvas.map_height(WORD_LEGEND))
    if numbered_ids:
        listed = await _read_listed(db, numbered_ids)
    else:
        listed = [found.place for found in (await list_places(db, wanted)).items]
    spots = _choose_numbered(view, listed)
    numbered = [
        Mark(view.project(*spot), _word_of(place, profile), text=str(number))
        for number, (place, spot) in spots.items()
    ]
    west, south, east, north = view.bounds()
    cells = await count_cells(
        db,
        view,
        wanted=replace(wanted, box=(west, south, east, north)),
        profile=profile,
        without=[place.id for place, _spot in spots.values()],
    )
    marks = [*mark_cells(cells), *reversed(numbered)]
    if here is not None:
        marks.append(Mark(view.project(*here), Symbol.TARGET))
    description = " ".join(
        [
            canvas.say_extent(view),
            _say_counts(canvas, [place for place, _spot in spots.values()], cells, profile),
            *_say_places(canvas, view, spots, profile),
        ]
    )
    caption = canvas.caption(
        WORD_LEGEND, await attribute(db, canvas), canvas.say(_("Map of places")), description
    )
    ground = await read_ground(db, view, language=canvas.language)
    return canvas.paint(Sketch(caption, ground, marks=marks), view)


async def _read_listed(db: AsyncSession, ids: Sequence[UUID]) -> list[Place]:
    """Read places in the given order; one that is not there any more is left out."""
    rows = await db.scalars(
        select(Place).where(Place.id.in_(ids), Place.state == PlaceState.ACTIVE)
    )
    found = {place.id: place for place in rows}
    return [found[each] for each in ids if each in found]


def _choose_numbered(view: View, listed: Sequence[Place]) -> dict[int, Numbered]:
    """Choose the places that get a number: the nearer ones first, none on top of another."""
    kept: dict[int, Numbered] = {}
    pixels: list[tuple[float, float]] = []
    for number, place in enumerate(listed, start=1):
        spot = read_point(place.point)
        if spot is None or not view.shows(*spot, -_INSIDE_PX):
            continue
        at = view.project(*spot)
        if all(math.dist(at, other) >= _APART_PX for other in pixels):
            pixels.append(at)
            kept[number] = (place, spot)
    return kept


def _word_of(place: Place, profile: Profile) -> Word:
    return Word.from_code(place.entry_words[profile.position])


def _say_counts(
    canvas: Canvas, shown: Sequence[Place], cells: Sequence[Cell], profile: Profile
) -> str:
    counts = Counter(_word_of(place, profile) for place in shown)
    for cell in cells:
        counts[cell.word] += cell.count
    total = translate_count(
        canvas.language,
        "%(num)s place in view",
        "%(num)s places in view",
        sum(counts.values()),
    )
    words = ", ".join(
        f"{translate(canvas.language, text)} {counts[word]}" for word, text in WORDS.items()
    )
    return f"{total}. {canvas.say(PROFILES[profile])}: {words}."


def _say_places(
    canvas: Canvas,
    view: View,
    spots: dict[int, Numbered],
    profile: Profile,
) -> list[str]:
    """Say what the nearest places are and where from the middle they lie."""
    said = []
    for number, (place, spot) in list(spots.items())[:_SPOKEN]:
        name = name_place(place.name, place.address, canvas.language)
        text = name.text if name else canvas.say(describe_category(place.category, place.kind))
        away = canvas.say_metres(apart_m(view.middle, spot))
        where = say_direction(canvas, view.middle, spot)
        word = canvas.say(describe_entry(place.kind, _word_of(place, profile)))
        said.append(f"{number}. {text}, {away} {where}: {word}.")
    return said
