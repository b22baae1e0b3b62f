"""What all sketches have in common: size, language, colours, the explanation, compass words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from api.pages.queries import find_city
from api.pages.site import STATIC, translate
from api.pages.texts import WORDS
from geo.sketches.drawing import draw, foot_height
from geo.sketches.model import Caption, Entry, Sketch
from geo.sketches.style import Palette, Theme
from geo.sketches.view import View


def _(message: str) -> str:
    return message


_SIDES = (
    _("north side"),
    _("north-east side"),
    _("east side"),
    _("south-east side"),
    _("south side"),
    _("south-west side"),
    _("west side"),
    _("north-west side"),
)
_DIRECTIONS = (
    _("to the north"),
    _("to the north-east"),
    _("to the east"),
    _("to the south-east"),
    _("to the south"),
    _("to the south-west"),
    _("to the west"),
    _("to the north-west"),
)
_KILOMETRE = 1000


@dataclass(frozen=True, slots=True)
class Canvas:
    """How a picture is wished: size in pixels with its explanation, language, colours."""

    language: str
    width_px: int
    height_px: int
    theme: Theme

    def say(self, message: str, **values: object) -> str:
        """Translate a message and fill it."""
        text = translate(self.language, message)
        return text % values if values else text

    def say_metres(self, metres: float) -> str:
        """Write a distance as people say it."""
        if metres < _KILOMETRE:
            return self.say(_("%(n)s m"), n=max(10, round(metres / 10) * 10))
        text = f"{metres / _KILOMETRE:.1f}"
        return self.say(_("%(n)s km"), n=text if self.language == "en" else text.replace(".", ","))

    def map_height(self, legend: Sequence[Entry]) -> int:
        """Give the height that is left for the map above its explanation."""
        return self.height_px - foot_height(self.caption(legend, "", "", ""), self.width_px)

    def caption(
        self, legend: Sequence[Entry], attribution: str, title: str, description: str
    ) -> Caption:
        """Give everything that is written on the picture and about it."""
        return Caption(
            language=self.language,
            title=title,
            description=description,
            attribution=attribution,
            metres=self.say(_("m")),
            kilometres=self.say(_("km")),
            north=self.say(_("N")),
            legend=[(sign, self.say(text)) for sign, text in legend],
        )

    def paint(self, sketch: Sketch, view: View) -> bytes:
        """Draw in the wished colours."""
        return draw(sketch, view, palettes=_read_palettes(), theme=self.theme)

    def say_extent(self, view: View) -> str:
        """Say which way is up and how much ground is shown."""
        return self.say(
            _("North is up. The map shows %(across)s by %(down)s."),
            across=self.say_metres(view.width_px * view.metres_per_px),
            down=self.say_metres(view.height_px * view.metres_per_px),
        )


WORD_LEGEND: Sequence[Entry] = tuple(WORDS.items())


@cache
def _read_palettes() -> Mapping[str, Palette]:
    found: Mapping[str, Palette] = orjson.loads((STATIC / "map" / "colours.json").read_bytes())
    return found


async def attribute(db: AsyncSession, canvas: Canvas) -> str:
    """Say whose data this is; an invented city is called so."""
    city = await find_city(db)
    if city is not None and city.is_demo:
        return canvas.say(_("Demo data: an invented city"))
    return canvas.say(_("© OpenStreetMap contributors"))


def say_side(language: str, of: tuple[float, float], at: tuple[float, float]) -> str:
    """Say on which side of a house a point lies."""
    return translate(language, _SIDES[_find_octant(of, at)])


def say_direction(canvas: Canvas, of: tuple[float, float], at: tuple[float, float]) -> str:
    """Say in which direction a point lies."""
    return canvas.say(_DIRECTIONS[_find_octant(of, at)])


def _find_octant(of: tuple[float, float], at: tuple[float, float]) -> int:
    """Give the compass direction in eighths, clockwise from the north."""
    east = (at[0] - of[0]) * math.cos(math.radians(of[1]))
    angle = math.degrees(math.atan2(east, at[1] - of[1]))
    return round(angle / 45) % 8
