"""Draw a sketch as SVG (pure): the same sketch gives the same bytes.

The picture says what it is to people who do not see it (`title`, `desc`), runs nothing, and
refers to nothing outside itself.
"""

from collections.abc import Mapping, Sequence

from geo.sketches.model import Caption, Entry, Label, Pixel, Sketch, Stretch
from geo.sketches.signs import DEFINITIONS, draw_line, draw_mark, draw_symbol
from geo.sketches.style import Palette, Theme, write_style
from geo.sketches.view import View
from geo.sketches.writing import escape, write_number

_LETTER_PX = 7.2
_ENTRY_PX = 28.0
_GAP_PX = 18.0
_ROW_PX = 26.0
_SCALES_M = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000)
_SCALE_PX = 110.0

_WIDTH_M = {
    "motorway": 16.0,
    "primary": 13.0,
    "secondary": 11.0,
    "tertiary": 9.0,
    "minor": 7.0,
    "pedestrian": 6.0,
    "service": 4.0,
}
_LEAST_PX = {
    "motorway": 2.6,
    "primary": 2.4,
    "secondary": 2.0,
    "tertiary": 1.6,
    "minor": 1.2,
    "pedestrian": 1.2,
    "service": 0.8,
}
"""Streets as wide as they are, but never too thin to see."""
_ROADS = ("service", "pedestrian", "minor", "tertiary", "secondary", "primary", "motorway")
_DASHED = {
    "path": (1.5, "4 2.4"),
    "crossing": (4.0, "1.6 1.6"),
    "lift": (4.0, ""),
    "steps": (4.5, "1.3 1.6"),
}


def foot_height(caption: Caption, width_px: int) -> int:
    """Give the height of the explanation below a map of this width."""
    return int(len(_lay_out(caption, width_px)) * _ROW_PX + 22)


def draw(
    sketch: Sketch, view: View, *, palettes: Mapping[str, Palette], theme: Theme = Theme.AUTO
) -> bytes:
    """Draw a sketch; below the ground of `view` comes the explanation of its marks."""
    caption = sketch.caption
    foot = foot_height(caption, view.width_px)
    width, height = view.width_px, view.height_px + foot
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="title desc" '
        f'lang="{escape(caption.language)}" xml:lang="{escape(caption.language)}">'
        f'<title id="title">{escape(caption.title)}</title>'
        f'<desc id="desc">{escape(caption.description)}</desc>'
        f"<style>{write_style(palettes, theme)}</style>"
        f'<defs>{DEFINITIONS}<clipPath id="frame"><rect width="{width}" '
        f'height="{view.height_px}"/></clipPath></defs>'
        f'<g aria-hidden="true"><g clip-path="url(#frame)">'
        f'<rect class="ground" width="{width}" height="{view.height_px}"/>'
    )
    parts = [
        head,
        *_draw_ground(sketch, view),
        *_draw_stretches(sketch.stretches),
        *(_draw_label(label) for label in sketch.ground.labels),
        *(draw_mark(mark) for mark in sketch.marks),
        _draw_scale(view, caption),
        _draw_north(view, caption),
        "</g>",
        *_draw_foot(caption, view, foot),
        "</g></svg>\n",
    ]
    return "".join(parts).encode()


def _draw_ground(sketch: Sketch, view: View) -> list[str]:
    ground = sketch.ground
    metres = view.metres_per_px
    parts = [f'<path class="{kind}" d="{path}"/>' for kind, path in ground.areas]
    for kind, path in ground.lines:
        dashes = ' stroke-dasharray="6 2"' if kind == "railway" else ""
        parts.append(f'<path class="{kind}" stroke-width="1.4"{dashes} d="{path}"/>')
    if ground.buildings:
        parts.append(f'<path class="building" d="{ground.buildings}"/>')
    parts += [f'<path class="focus" d="{path}"/>' for path in sketch.focus]
    streets = dict(ground.streets)
    roads = [name for name in _ROADS if name in streets]
    for suffix, extra in (("-edge", 1.4), ("", 0.0)):
        for name in roads:
            wide = max(_WIDTH_M[name] / metres, _LEAST_PX[name]) + extra
            parts.append(
                f'<path class="{name}{suffix}" stroke-width="{write_number(wide)}" '
                f'd="{streets[name]}"/>'
            )
    for name, (wide, dashes) in _DASHED.items():
        if name in streets:
            pattern = f' stroke-dasharray="{dashes}"' if dashes else ""
            thin = write_number(wide * min(1.0, max(0.5, 0.8 / metres)))
            parts.append(
                f'<path class="{name}" stroke-width="{thin}"{pattern} d="{streets[name]}"/>'
            )
    return parts


def _draw_stretches(stretches: Sequence[Stretch]) -> list[str]:
    return [draw_line(each.sort, _write_line(each.points)) for each in stretches]


def _write_line(points: Sequence[Pixel]) -> str:
    written = [f"{write_number(x)} {write_number(y)}" for x, y in points]
    return "M" + "L".join(written)


def _draw_label(label: Label) -> str:
    x, y = label.at
    name = "road-name" if label.sort == "street" else "house"
    turn = ""
    if label.angle:
        turn = (
            f' transform="rotate({write_number(label.angle)} {write_number(x)} {write_number(y)})"'
        )
    return (
        f'<text class="{name}" x="{write_number(x)}" y="{write_number(y + 3.8)}"{turn}>'
        f"{escape(label.text)}</text>"
    )


def _draw_scale(view: View, caption: Caption) -> str:
    metres = view.metres_per_px
    length = max((each for each in _SCALES_M if each / metres <= _SCALE_PX), default=_SCALES_M[0])
    wide = length / metres
    unit = caption.metres if length < 1000 else caption.kilometres  # noqa: PLR2004 - a kilometre
    number = length if length < 1000 else length // 1000  # noqa: PLR2004 - a kilometre
    y = view.height_px - 12
    return (
        f'<path class="way-edge" stroke-width="5" d="M12 {y - 6}v6h{write_number(wide)}v-6"/>'
        f'<path class="rule" stroke-width="2" d="M12 {y - 6}v6h{write_number(wide)}v-6"/>'
        f'<text class="note" x="{write_number(12 + wide / 2)}" y="{y - 5}">'
        f"{number} {escape(unit)}</text>"
    )


def _draw_north(view: View, caption: Caption) -> str:
    x = view.width_px - 20
    return (
        f'<path class="way-edge" stroke-width="6" d="M{x} 40V16m-6 8 6-8 6 8"/>'
        f'<path class="rule" stroke-width="2" d="M{x} 40V16m-6 8 6-8 6 8"/>'
        f'<text class="note" x="{x}" y="54">{escape(caption.north)}</text>'
    )


def _draw_foot(caption: Caption, view: View, foot: int) -> list[str]:
    top = view.height_px
    parts = [f'<rect class="band" y="{top}" width="{view.width_px}" height="{foot}"/>']
    for number, row in enumerate(_lay_out(caption, view.width_px)):
        y = top + number * _ROW_PX + _ROW_PX / 2 + 2
        for x, (sort, text) in row:
            parts.append(draw_symbol(sort, x + 12, y))
            parts.append(
                f'<text class="small" x="{write_number(x + 32)}" y="{write_number(y + 4)}">'
                f"{escape(text)}</text>"
            )
    parts.append(
        f'<text class="small" x="8" y="{top + foot - 8}">{escape(caption.attribution)}</text>'
    )
    return parts


def _lay_out(caption: Caption, width_px: int) -> list[list[tuple[float, Entry]]]:
    """Give the rows of the explanation, broken where the width ends."""
    rows: list[list[tuple[float, Entry]]] = []
    x = float("inf")
    for entry in caption.legend:
        wide = _ENTRY_PX + 4 + len(entry[1]) * _LETTER_PX + _GAP_PX
        if x + wide > width_px:
            rows.append([])
            x = 8.0
        rows[-1].append((x, entry))
        x += wide
    return rows
