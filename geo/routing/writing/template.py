"""What a feature of an answer holds, declared once: members, columns, and how these are written.

The kernel of `geo.routing.writing` goes through the declaration for every stretch, so a new
member is a line in `_FIELDS`.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.mobility.surfaces import SmoothnessRank, SurfaceRank
from geo.routing.costs import Hindrance
from geo.routing.encoding import Crossing, Evidence, LimitKind, RoadClass, Side
from geo.routing.stretches import KINDS, STRETCH, UNCOUNTED, UNKNOWN, Mark
from geo.routing.writing.digits import ROOM


class Form(IntEnum):
    """How a column is written, and what its argument means."""

    WORD = 0
    """A word by number; null where there is none."""
    WHOLE = 1
    """Null where it is what would be the first word."""
    METRES = 2
    TENTHS = 3
    NAME = 4
    """Null for one without text."""
    WORDS = 5
    """A list of words by bit."""
    NOTICES = 6
    LINE = 7
    NOTHING = 8


_COLUMNS = STRETCH.names or ()


class Field(NamedTuple):
    """A member of the properties: from which bits of which column, and how it is written."""

    member: str
    column: str
    form: Form
    words: Sequence[str | None] = ()
    null: int = 0
    shift: int = 0
    mask: int = -1


def _name(values: Iterable[IntEnum]) -> list[str]:
    return [value.name.lower() for value in values]


def _whole(name: str, null: int) -> Field:
    return Field(name, name, Form.WHOLE, null=null)


def _choice(name: str, words: Sequence[str], *, none: bool = False) -> Field:
    """Return a member that is one of some words; with `none` the first stands for no word."""
    return Field(name, name, Form.WORD, [None, *words[1:]] if none else words)


def _mark(name: str, mark: Mark) -> Field:
    shift = mark.bit_length() - 1
    return Field(name, "marks", Form.WORD, ["false", "true"], shift=shift, mask=1)


_EVIDENCE = [
    Field(limit.name.lower(), "evidence", Form.WORD, _name(Evidence), shift=2 * limit, mask=3)
    for limit in LimitKind
]
_FIELDS: tuple[Field | tuple[str, list[Field]], ...] = (
    _choice("kind", [kind.value for kind in KINDS]),
    Field("length_m", "length_mm", Form.METRES),
    Field("duration_s", "duration_s", Form.TENTHS),
    Field("name", "name", Form.NAME),
    _mark("name_inferred", Mark.NAME_INFERRED),
    _choice("side", _name(Side), none=True),
    _choice("road_class", _name(RoadClass), none=True),
    _choice("crossing", _name(Crossing), none=True),
    _mark("inferred", Mark.INFERRED),
    _whole("slope_permille", UNKNOWN),
    _whole("cross_slope_permille", UNKNOWN),
    _whole("width_mm", UNKNOWN),
    _whole("passage_mm", UNKNOWN),
    _whole("kerb_mm", UNKNOWN),
    _whole("steps", UNCOUNTED),
    _choice("surface", _name(SurfaceRank)),
    _choice("smoothness", _name(SmoothnessRank)),
    ("evidence", _EVIDENCE),
    Field("help", "helps", Form.WORDS, _name(Hindrance)),
    Field("notices", "kind", Form.NOTICES),
    _whole("edge_id", 0),
    _whole("osm_way_id", 0),
)
"""Properties of a feature, in order; a pair is an object with members of its own."""


class Template(NamedTuple):
    """How a row is written: fixed texts with columns between them."""

    slots: NDArray[np.int64]
    """Rows of start and end of a fixed text, then form, column, shift, mask, first, words."""
    words: NDArray[np.int64]
    """Rows of start and end; the first is null, the second an empty list."""
    text: NDArray[np.uint64]


def _make_template() -> Template:
    text, words = bytearray(), list[tuple[int, int]]()
    slots: list[tuple[int, ...]] = []

    def lay(fixed: str) -> tuple[int, int]:
        start = len(text) // 8
        text.extend(fixed.encode().ljust(ROOM, b"\0"))
        return start, len(fixed.encode())

    def spell(word: str | None) -> str:
        return "null" if word is None else word if word in {"true", "false"} else f'"{word}"'

    def add(before: str, field: Field) -> None:
        first = len(words) if field.words else field.null
        words.extend(lay(spell(word)) for word in field.words)
        at, size = _COLUMNS.index(field.column), len(field.words)
        values = (field.form, at, field.shift, field.mask, first, size)
        *parts, last = [before[n : n + ROOM] for n in range(0, len(before), ROOM)]
        slots.extend((*lay(part), Form.NOTHING, 0, 0, 0, 0, 0) for part in parts)
        slots.append((*lay(last), *values))

    words += [lay("null"), lay("[]")]
    start = '{"type":"Feature","geometry":{"type":"LineString","coordinates":'
    add(start, Field("", "kind", Form.LINE))
    before = '},"properties":{'
    for field in _FIELDS:
        if isinstance(field, Field):
            add(f'{before}"{field.member}":', field)
            before = ","
            continue
        member, inner = field
        before = f'{before}"{member}":{{'
        for each in inner:
            add(f'{before}"{each.member}":', each)
            before = ","
        before = "},"
    add("}}", Field("", "kind", Form.NOTHING))
    return Template(np.array(slots), np.array(words), np.frombuffer(bytes(text), np.uint64).copy())


TEMPLATE = _make_template()
