"""The sketch of a place: its house, its entrances by letter, and the streets around it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.pages.letters import letter_entrances
from api.pages.site import translate
from api.pages.sketches.canvas import WORD_LEGEND, Canvas, attribute, say_side
from api.pages.texts import PROFILES, describe_entry
from api.pages.views import (
    choose_name,
    describe_address,
    describe_category,
    find_verdict,
    name_place,
)
from api.schemas.places import ElementRead, PlaceRead
from geo.distance import apart_m
from geo.mobility.profiles import Profile
from geo.sketches.around import list_streets_beside
from geo.sketches.ground import find_footprint, read_ground
from geo.sketches.model import Entry, Mark, Sketch, Symbol
from geo.sketches.view import find_box, view_of_box


def _(message: str) -> str:
    return message


_MOST_ENTRANCES = 12
_AROUND_DEGREES = 0.0009
"""At least this much ground on every side, about 100 m: the way in begins at the street."""
_NO_SIDE_M = 4.0
"""A door nearer than this to the middle of its house has no side."""
_LEGEND: Sequence[Entry] = (*WORD_LEGEND, (Symbol.ENTRANCE, _("Entrance")))

Spot = tuple[float, float]


async def draw_place(
    db: AsyncSession,
    canvas: Canvas,
    *,
    place: PlaceRead,
    doors_of: PlaceRead,
    profile: Profile,
) -> bytes:
    """Draw a place with its entrances; `doors_of` is itself, or the house that it is in."""
    middle = _point_of(place.point)
    letters = letter_entrances(doors_of)
    doors = _list_doors(doors_of)
    lon, lat = middle
    corners = [(lon - _AROUND_DEGREES, lat - _AROUND_DEGREES * 0.6)]
    corners.append((lon + _AROUND_DEGREES, lat + _AROUND_DEGREES * 0.6))
    view = view_of_box(
        find_box([*corners, *(spot for _door, spot in doors)]),
        width_px=canvas.width_px,
        height_px=canvas.map_height(_LEGEND),
        padding_px=16,
    )
    winner = _find_winner(place, profile, canvas.language)
    word = place.entry[profile]
    marks = [
        Mark(
            view.project(*spot),
            Symbol.ENTRANCE,
            text=letters.get(door.id, ""),
            word=word if door.id == winner else None,
        )
        for door, spot in doors
    ]
    marks.sort(key=lambda mark: mark.word is not None)
    if winner is None or all(mark.word is None for mark in marks):
        marks.insert(0, Mark(view.project(*middle), word))
    footprint = await find_footprint(db, view, place.id)
    description = await describe_place(
        db, canvas.language, place=place, doors_of=doors_of, profile=profile
    )
    caption = canvas.caption(
        _LEGEND,
        await attribute(db, canvas),
        _name(place, canvas.language),
        f"{description} {canvas.say_extent(view)}",
    )
    ground = await read_ground(db, view, language=canvas.language)
    focus = [footprint] if footprint else []
    return canvas.paint(Sketch(caption, ground, marks=marks, focus=focus), view)


def _list_doors(place: PlaceRead) -> list[tuple[ElementRead, Spot]]:
    doors = [
        (element, _point_of(element.geometry))
        for element in place.elements
        if element.kind == "entrance" and element.geometry
    ]
    return doors[:_MOST_ENTRANCES]


def _point_of(geometry: dict[str, object]) -> Spot:
    """Give the first position of a GeoJSON geometry."""
    part: object = geometry["coordinates"]
    while isinstance(part, list | tuple) and isinstance(part[0], list | tuple):
        part = part[0]
    if not isinstance(part, list | tuple):
        raise TypeError("a geometry without a position")
    return float(part[0]), float(part[1])


async def describe_place(
    db: AsyncSession, language: str, *, place: PlaceRead, doors_of: PlaceRead, profile: Profile
) -> str:
    """Say what a person who does not see the picture needs: the word, and where the doors are."""

    def say(message: str) -> str:
        return translate(language, message)

    address = describe_address(place.address, language)
    word = say(describe_entry(place.kind, place.entry[profile]))
    said = [f"{_name(place, language)}."]
    said += [f"{address}."] if address and address not in said[0] else []
    said.append(f"{say(PROFILES[profile])}: {word}.")
    doors = _list_doors(doors_of)
    letters = letter_entrances(doors_of)
    winner = _find_winner(place, profile, language)
    streets = await list_streets_beside(db, [spot for _door, spot in doors])
    middle = _point_of(doors_of.point)
    for (door, spot), names in zip(doors, streets, strict=True):
        own = choose_name(door.name, language)
        about = [own.text] if own else []
        if apart_m(middle, spot) > _NO_SIDE_M:
            about.append(say_side(language, middle, spot))
        street = choose_name(names, language) if names else None
        about += [street.text] if street else []
        about += [say(_("best for you"))] if door.id == winner else []
        text = f"{say(_('Entrance'))} {letters.get(door.id, '')}".strip()
        said.append(f"{text}: {', '.join(about)}." if about else f"{text}.")
    if not doors:
        said.append(say(_("No entrance is mapped yet.")))
    return " ".join(said)


def _name(place: PlaceRead, language: str) -> str:
    """Give the title of the picture."""
    name = name_place(place.name, place.address, language)
    text = name.text if name else translate(language, describe_category(place.category, place.kind))
    return translate(language, _("Map: %(name)s")) % {"name": text}


def _find_winner(place: PlaceRead, profile: Profile, language: str) -> UUID | None:
    verdict = find_verdict(place.verdicts, profile, "entry", language)
    return verdict.best_entrance_id if verdict else None
