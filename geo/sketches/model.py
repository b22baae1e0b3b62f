"""What a sketch is made of (pure): ground, lines, marks and what is written on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from geo.mobility.words import Word

Pixel = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Label:
    """A text on the map, turned around its middle."""

    text: str
    at: Pixel
    angle: float = 0.0
    sort: str = "street"
    """`street` or `house`."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies below the marks, as SVG path data in pixels."""

    areas: Sequence[tuple[str, str]] = ()
    """Kind (`water`, `park` …) and path, the largest first."""
    lines: Sequence[tuple[str, str]] = ()
    """`waterway` and `railway`."""
    buildings: str = ""
    streets: Sequence[tuple[str, str]] = ()
    """Class (`motorway` … `steps`) and path."""
    labels: Sequence[Label] = ()


class LineSort(StrEnum):
    """How a stretch of a way is drawn; each differs from the others without colour."""

    WAY = "way"
    """Solid."""
    HELP = "help"
    """Dashed: passed with help."""
    STAIRS = "stairs"
    """Ladder: steps on the way."""
    CLOSED = "closed"
    """Crossed: it stands in the way."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a way."""

    points: Sequence[Pixel]
    sort: LineSort = LineSort.WAY


class Symbol(StrEnum):
    """Shapes of marks other than the four words."""

    ENTRANCE = "entrance"
    START = "start"
    BARRIER = "barrier"
    CLUSTER = "cluster"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign at a point: a word or a symbol, with a number or letter beside it."""

    at: Pixel
    sign: Word | Symbol
    text: str = ""
    small: bool = False
    word: Word | None = None
    """A second, smaller sign at an entrance: its word."""


Entry = tuple[Word | Symbol | LineSort, str]
"""A line of the explanation: a sign and what it means."""


@dataclass(frozen=True, slots=True)
class Caption:
    """Everything that is written, in the reader's language."""

    language: str
    title: str
    description: str
    attribution: str
    metres: str
    kilometres: str
    north: str
    """Letter of the north arrow."""
    legend: Sequence[Entry] = ()


@dataclass(frozen=True, slots=True)
class Sketch:
    """One picture, ready to be drawn."""

    caption: Caption
    ground: Ground
    stretches: Sequence[Stretch] = ()
    marks: Sequence[Mark] = ()
    focus: Sequence[str] = ()
    """Paths of footprints that the picture is about."""
