"""The sketch of a view: the places of a list, by number, word and direction."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from api.pages.site import translate, translate_count
from api.pages.sketches.canvas import WORD_LEGEND, Canvas, attribute, say_direction
from api.pages.texts import PROFILES, WORDS, describe_entry
from api.pages.views import describe_category, name_place
from geo.distance import apart_m
from geo.geojson import read_point
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.search import FoundPlace, PlaceFilter, list_places
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

Numbered = tuple[FoundPlace, tuple[float, float]]


async def draw_view(
    db: AsyncSession,
    canvas: Canvas,
    *,
    box: Sequence[float],
    wanted: PlaceFilter,
    profile: Profile,
    here: tuple[float, float] | None = None,
    cursor: str | None = None,
) -> bytes:
    """Draw the places of a box; `wanted` is the question of the list beside it.

    The places of that list carry its numbers where they do not hide each other; all others are
    marks or counts. `here` is ringed. Raises InvalidViewError, BoxTooLargeError and
    InvalidCursorError.
    """
    view = view_of_box(box, width_px=canvas.width_px, height_px=canvas.map_height(WORD_LEGEND))
    page = await list_places(db, wanted, cursor=cursor)
    spots = _choose_numbered(view, page.items)
    numbered = [
        Mark(view.project(*spot), _word_of(found, profile), text=str(number))
        for number, (found, spot) in spots.items()
    ]
    west, south, east, north = view.bounds()
    cells = await count_cells(
        db,
        view,
        wanted=replace(wanted, box=(west, south, east, north)),
        profile=profile,
        without=[found.place.id for found, _spot in spots.values()],
    )
    marks = [*mark_cells(cells), *reversed(numbered)]
    if here is not None:
        marks.append(Mark(view.project(*here), Symbol.TARGET))
    description = " ".join(
        [
            canvas.say_extent(view),
            _say_counts(canvas, [found for found, _spot in spots.values()], cells, profile),
            *_say_places(canvas, view, spots, profile),
        ]
    )
    caption = canvas.caption(
        WORD_LEGEND, await attribute(db, canvas), canvas.say(_("Map of places")), description
    )
    ground = await read_ground(db, view, language=canvas.language)
    return canvas.paint(Sketch(caption, ground, marks=marks), view)


def _choose_numbered(view: View, found: Sequence[FoundPlace]) -> dict[int, Numbered]:
    """Choose the places that get a number: the nearer ones first, none on top of another."""
    kept: dict[int, Numbered] = {}
    pixels: list[tuple[float, float]] = []
    for number, each in enumerate(found, start=1):
        spot = read_point(each.place.point)
        if spot is None or not view.shows(*spot, -_INSIDE_PX):
            continue
        at = view.project(*spot)
        if all(math.dist(at, other) >= _APART_PX for other in pixels):
            pixels.append(at)
            kept[number] = (each, spot)
    return kept


def _word_of(found: FoundPlace, profile: Profile) -> Word:
    return Word.from_code(found.place.entry_words[profile.position])


def _say_counts(
    canvas: Canvas, shown: Sequence[FoundPlace], cells: Sequence[Cell], profile: Profile
) -> str:
    counts = Counter(_word_of(found, profile) for found in shown)
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
    for number, (found, spot) in list(spots.items())[:_SPOKEN]:
        place = found.place
        name = name_place(place.name, place.address, canvas.language)
        text = name.text if name else canvas.say(describe_category(place.category, place.kind))
        away = canvas.say_metres(apart_m(view.middle, spot))
        where = say_direction(canvas, view.middle, spot)
        word = canvas.say(describe_entry(place.kind, _word_of(found, profile)))
        said.append(f"{number}. {text}, {away} {where}: {word}.")
    return said
