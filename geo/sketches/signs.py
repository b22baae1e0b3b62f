"""Shapes of marks (pure): the four words, doors, obstacles, starts and numbers of places.

A word is a shape with a sign in it, never a colour alone: circle with a tick, triangle with an
exclamation mark, square with a cross, dashed circle with a question mark.
"""

from geo.mobility.words import Word
from geo.sketches.model import LineSort, Mark, Symbol
from geo.sketches.writing import escape, write_number

DEFINITIONS = (
    '<g id="yes"><circle class="halo" r="11"/><circle class="yes" r="9.5"/>'
    '<path class="sign" stroke-width="2.4" d="M-4.6.4l3.2 3.3 6.1-6.7"/></g>'
    '<g id="with_help"><path class="halo" stroke-width="3" d="M0-10.4 11 9H-11z"/>'
    '<path class="with_help" d="M0-9.6 10.3 8.6H-10.3z"/>'
    '<path class="sign" stroke-width="2.4" d="M0-3.6V2.4M0 5.4v.2"/></g>'
    '<g id="no"><rect class="halo" x="-10.5" y="-10.5" width="21" height="21" rx="3"/>'
    '<rect class="no" x="-9" y="-9" width="18" height="18" rx="2"/>'
    '<path class="sign" stroke-width="2.4" d="M-4-4l8 8m0-8-8 8"/></g>'
    '<g id="unknown"><circle class="unknown" r="8.5" stroke-width="1.8" '
    'stroke-dasharray="3 2.4"/><path class="unknown-sign" stroke-width="1.8" '
    'd="M-2.2-2c.2-1.4 1.1-2.1 2.3-2.1 1.3 0 2.2.8 2.2 2 0 1.7-2.3 1.8-2.3 3.5M0 4.1v.2"/></g>'
    '<g id="entrance"><rect class="entrance" stroke-width="2" x="-5.5" y="-9" width="11" '
    'height="17"/><circle class="knob" cx="2.6" cy="0" r="1.3"/></g>'
    '<g id="barrier"><path class="barrier" stroke-width="2" d="M0-10 10 0 0 10-10 0z"/>'
    '<path class="sign" stroke-width="2.8" d="M-4.6 0H4.6"/></g>'
    '<g id="start"><circle class="start" r="7" stroke-width="4"/></g>'
    '<g id="target"><circle class="target" r="15" stroke-width="3"/></g>'
)

_PLATE_PX = 8.0
_NUMBER_RISE_PX = 4.6


def draw_mark(mark: Mark) -> str:
    """Draw one mark at its place."""
    x, y = mark.at
    if mark.sign is Symbol.CLUSTER:
        return _draw_cluster(mark)
    parts = [_use(mark.sign, x, y, 0.62 if mark.small else 1.0)]
    if mark.word is not None:
        parts.append(_use(mark.word, x - 12, y + 6, 0.72))
    if mark.text:
        parts.append(_draw_plate(mark.text, x + 13, y - 9))
    return "".join(parts)


def draw_symbol(sort: Word | Symbol | LineSort, x: float, y: float) -> str:
    """Draw a mark or a piece of line as an explanation shows it, centred."""
    if isinstance(sort, LineSort):
        line = f"M{write_number(x - 12)} {write_number(y)}h24"
        return draw_line(sort, line)
    return _use(sort, x, y, 0.8)


def draw_line(sort: LineSort, path: str) -> str:
    """Draw a stretch of a way over its pale edge."""
    edge = f'<path class="way-edge" stroke-width="9" d="{path}"/>'
    drawn = {
        LineSort.WAY: f'<path class="way" stroke-width="5.5" d="{path}"/>',
        LineSort.HELP: f'<path class="way" stroke-width="6" d="{path}"/>'
        f'<path class="way-core" stroke-width="2.6" stroke-dasharray="5 7" d="{path}"/>',
        LineSort.STAIRS: f'<path class="way" stroke-width="2" d="{path}"/><path class="way-stairs" '
        f'stroke-width="9" stroke-dasharray="2 3.4" d="{path}"/>',
        LineSort.CLOSED: f'<path class="way-closed" stroke-width="7" stroke-dasharray="1 9" '
        f'd="{path}"/><path class="way-closed" stroke-width="2" d="{path}"/>',
    }
    return edge + drawn[sort]


def _use(sign: Word | Symbol, x: float, y: float, scale: float) -> str:
    place = f"translate({write_number(x)} {write_number(y)})"
    if scale != 1.0:
        place += f"scale({write_number(scale, 2)})"
    return f'<use href="#{sign.value}" transform="{place}"/>'


def _draw_plate(text: str, x: float, y: float) -> str:
    half = max(_PLATE_PX, len(text) * 4.2 + 3)
    return (
        f'<rect class="plate" x="{write_number(x - half)}" y="{write_number(y - _PLATE_PX)}"'
        f' width="{write_number(2 * half)}" height="{write_number(2 * _PLATE_PX)}" rx="4"/>'
        f'<text class="number" x="{write_number(x)}" y="{write_number(y + _NUMBER_RISE_PX)}">'
        f"{escape(text)}</text>"
    )


def _draw_cluster(mark: Mark) -> str:
    x, y = mark.at
    half = max(11.0, len(mark.text) * 4.2 + 6)
    return (
        f'<rect class="cluster" x="{write_number(x - half)}" y="{write_number(y - 11)}"'
        f' width="{write_number(2 * half)}" height="22" rx="11" stroke-width="1.2"/>'
        f'<text class="number" x="{write_number(x)}" y="{write_number(y + _NUMBER_RISE_PX)}">'
        f"{escape(mark.text)}</text>"
    )
