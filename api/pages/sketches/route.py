"""The sketch of a route: the line with what needs help, its start, its door, and what stops one."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.pages.journey import Way
from api.pages.route_options import HELPED
from api.pages.sketches.canvas import Canvas, attribute
from geo.mobility.words import Word
from geo.sketches.ground import read_ground
from geo.sketches.model import Entry, LineSort, Mark, Sketch, Stretch, Symbol
from geo.sketches.view import View, find_box, view_of_box


def _(message: str) -> str:
    return message


_PADDING_PX = 40.0
_AROUND_DEGREES = 0.0004
_MOST_NUMBERS = 12
_MOST_POINTS = 4_000
_FOUND: Sequence[Entry] = (
    (Symbol.START, _("Start")),
    (Symbol.ENTRANCE, _("Entrance")),
    (LineSort.WAY, _("The way")),
    (LineSort.HELP, _("With help")),
    (LineSort.STAIRS, _("Steps")),
    (Symbol.BARRIER, _("Other obstacle")),
)
_STOP: Sequence[Entry] = ((Symbol.TARGET, _("Stop on the way")),)
_NOT_FOUND: Sequence[Entry] = (
    (Symbol.START, _("Start")),
    (Symbol.TARGET, _("End")),
    (LineSort.CLOSED, _("In the way")),
    (Symbol.ENTRANCE, _("Entrance")),
)

Spot = tuple[float, float]


async def draw_route(
    db: AsyncSession, canvas: Canvas, *, way: Way, ends: Mapping[str, Sequence[float] | None]
) -> bytes:
    """Draw what `/v1/routes` answered; `ends` are `from` and `to` as far as they are known.

    Raises InvalidViewError when nothing of it has a position, or the way is too long to be seen.
    """
    features = [each for each in way.body.get("features", []) if each["geometry"]["coordinates"]]
    legend = _FOUND if way.is_found else _NOT_FOUND
    if way.is_found and any(not stop["entrance_id"] for stop in way.properties["stops"]):
        legend = [*legend, *_STOP]
    closed = [] if way.is_found else _list_closed(way)
    spots = [spot for each in features for spot in _spots_of(each)]
    spots += [(end[0], end[1]) for end in ends.values() if end] + closed
    view = view_of_box(
        _widen(find_box(spots)) if spots else (0.0, 0.0, 180.0, 80.0),
        width_px=canvas.width_px,
        height_px=canvas.map_height(legend),
        padding_px=_PADDING_PX,
    )
    stretches = [
        Stretch([view.project(*spot) for spot in _spots_of(each)], _sort_of(each, way.is_found))
        for each in features
    ]
    # On a way with stops the numbers are those of the stops.
    is_numbered = way.is_found and not way.properties["stops"]
    numbered = _list_numbered(way) if is_numbered else []
    marks = [
        *_mark_barriers(features, view),
        *(
            Mark(view.project(*step["place"]), Symbol.CLUSTER, text=str(number))
            for number, step in enumerate(numbered, start=1)
        ),
        *(Mark(view.project(*spot), Symbol.ENTRANCE, word=Word.NO) for spot in closed),
        *_mark_ends(way, features, ends, view),
    ]
    caption = canvas.caption(
        legend,
        await attribute(db, canvas),
        canvas.say(_("Map of the way")),
        " ".join([*_describe(canvas, way, numbered), canvas.say_extent(view)]),
    )
    ground = await read_ground(db, view, language=canvas.language)
    return canvas.paint(Sketch(caption, ground, stretches=_join(stretches), marks=marks), view)


def _spots_of(feature: Mapping[str, Any]) -> list[Spot]:
    found = feature["geometry"]["coordinates"]
    line = found if isinstance(found[0], list | tuple) else [found]
    return [(float(spot[0]), float(spot[1])) for spot in line[:_MOST_POINTS]]


def _sort_of(feature: Mapping[str, Any], is_found: bool) -> LineSort:  # noqa: FBT001 - of a pure table
    about = feature["properties"]
    if not is_found:
        return LineSort.CLOSED
    if about.get("kind") in {"steps", "stairs", "escalator"}:
        return LineSort.STAIRS
    return LineSort.HELP if about.get("help") else LineSort.WAY


def _join(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Draw neighbours of one sort in one go: the picture is smaller and has no seams."""
    joined: list[Stretch] = []
    for each in stretches:
        last = joined[-1] if joined else None
        if last and last.sort is each.sort and last.points[-1] == each.points[0]:
            joined[-1] = Stretch([*last.points, *each.points[1:]], each.sort)
        else:
            joined.append(each)
    return joined


def _list_numbered(way: Way) -> list[Mapping[str, Any]]:
    """Give the steps that one should know about beforehand: help, stairs, obstacles."""
    steps = way.properties.get("steps", [])
    notable = [
        step for step in steps if any(each["key"].startswith(HELPED) for each in step["remarks"])
    ]
    return notable[:_MOST_NUMBERS]


def _mark_barriers(features: Sequence[Mapping[str, Any]], view: View) -> list[Mark]:
    found = []
    for each in features:
        if each["properties"].get("notices"):
            line = _spots_of(each)
            found.append(Mark(view.project(*line[len(line) // 2]), Symbol.BARRIER))
    return found


def _mark_ends(
    way: Way,
    features: Sequence[Mapping[str, Any]],
    ends: Mapping[str, Sequence[float] | None],
    view: View,
) -> list[Mark]:
    if way.is_found and features:
        word = (way.properties.get("target") or {}).get("word")
        last = view.project(*_spots_of(features[-1])[-1])
        return [
            *(
                Mark(
                    view.project(*stop["point"]),
                    Symbol.ENTRANCE if stop["entrance_id"] else Symbol.TARGET,
                    text=str(number),
                    word=Word(stop["word"]) if stop["entrance_id"] else None,
                )
                for number, stop in enumerate(way.properties["stops"], 1)
            ),
            Mark(last, Symbol.ENTRANCE, word=Word(word) if word else None),
            Mark(view.project(*_spots_of(features[0])[0]), Symbol.START),
        ]
    signs = {"from": Symbol.START, "to": Symbol.TARGET}
    return [Mark(view.project(end[0], end[1]), signs[key]) for key, end in ends.items() if end]


def _list_closed(way: Way) -> list[Spot]:
    """List where the entrances are that do not work for this person."""
    return [(each["point"][0], each["point"][1]) for each in way.shut_doors if each.get("point")]


def _widen(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Give a short way some ground around it, so that one sees where it is."""
    west, south, east, north = box
    return (
        west - _AROUND_DEGREES,
        south - _AROUND_DEGREES,
        east + _AROUND_DEGREES,
        (north + _AROUND_DEGREES),
    )


def _describe(canvas: Canvas, way: Way, numbered: Sequence[Mapping[str, Any]]) -> list[str]:
    about = way.properties
    if not way.is_found:
        return [
            f"{canvas.say(_('No way was found'))}.",
            *(str(text) for text in about.get("texts", [])),
            *(f"{each.label}." for each in way.obstacles),
        ]
    minutes = max(1, round(about["duration_s"] / 60))
    said = [
        f"{canvas.say_metres(about['distance_m'])}, {canvas.say(_('%(n)s min'), n=minutes)}.",
        *(str(each["text"]) for each in about.get("warnings", [])),
    ]
    said += [f"{number}: {step['text']}" for number, step in enumerate(numbered, start=1)]
    steps = about.get("steps", [])
    # Every leg ends with an arrival: at a stop, the last one at the end of the way.
    lasts = [leg["first_step"] + leg["step_count"] - 1 for leg in about.get("legs", [])] or [-1]
    return said + ([str(steps[last]["text"]) for last in lasts] if steps else [])
