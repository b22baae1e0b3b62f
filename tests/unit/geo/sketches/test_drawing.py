"""A sketch as SVG: well-formed, closed in itself, the same every time, readable without colour."""

import json
import re
from xml.etree import ElementTree as ET

import pytest

from geo.mobility.words import Word
from geo.sketches.drawing import draw
from geo.sketches.model import (
    Caption,
    Ground,
    Label,
    LineSort,
    Mark,
    Sketch,
    Stretch,
    Symbol,
)
from geo.sketches.signs import DEFINITIONS
from geo.sketches.style import Theme
from geo.sketches.view import View, view_around
from tests.support.machine import ROOT

_SVG = "{http://www.w3.org/2000/svg}"
_COLOURS = ROOT / "api" / "pages" / "static" / "map" / "colours.json"
_PALETTES = json.loads(_COLOURS.read_text(encoding="utf-8"))
_NASTY = 'Кафе "<script>alert(1)</script>" & \x00\x1b\u202eҚызыл\ud800 \' ]]>'


def _view() -> View:
    return view_around(76.93, 43.24, zoom=16, width_px=640, height_px=400)


def _sketch(text: str = "Дәріхана") -> Sketch:
    caption = Caption(
        language="kk",
        title=text,
        description=text,
        attribution=text,
        metres="м",
        kilometres="км",
        north="С",
        legend=[(Word.YES, text), (Symbol.ENTRANCE, text), (LineSort.HELP, text)],
    )
    ground = Ground(
        areas=[("park", "M0 0 l5 0 0 5z")],
        lines=[("railway", "M0 0 l9 9")],
        buildings="M1 1 l5 0 0 5z",
        streets=[("minor", "M0 0 l9 9"), ("steps", "M3 3 l1 1")],
        labels=[Label(text, (50.0, 60.0), 30.0)],
    )
    marks = [Mark((10.0, 10.0), word, text=text) for word in Word]
    marks += [Mark((20.0, 20.0), symbol, text="7") for symbol in Symbol]
    stretches = [Stretch([(0.0, 0.0), (9.0, 9.0)], sort) for sort in LineSort]
    return Sketch(caption, ground, stretches, marks, focus=["M1 1 l5 0 0 5z"])


@pytest.mark.parametrize("theme", list(Theme))
@pytest.mark.parametrize("text", ["Дәріхана", _NASTY])
def test_a_sketch_is_well_formed_and_runs_nothing(theme: Theme, text: str) -> None:
    """Whatever people called their place, the picture is XML with a name and no script."""
    drawn = draw(_sketch(text), _view(), palettes=_PALETTES, theme=theme)
    root = ET.fromstring(drawn)  # noqa: S314 - our own picture
    assert root.get("role") == "img"
    ids = {each.get("id") for each in root.iter() if each.get("id")}
    assert set(str(root.get("aria-labelledby")).split()) <= ids
    assert root.findtext(f"{_SVG}title")
    assert root.findtext(f"{_SVG}desc")
    for each in root.iter():
        assert each.tag in {f"{_SVG}{name}" for name in (
            "svg", "title", "desc", "style", "defs", "g", "circle", "path", "rect", "use", "text",
            "clipPath")}  # fmt: skip
        for name, value in each.items():
            assert not name.lower().startswith("on")
            assert "http" not in value
            if name == "href":
                assert value.removeprefix("#") in ids


def test_the_same_sketch_gives_the_same_bytes() -> None:
    """An ETag of the content is only of use when equal rows give equal bytes."""
    one, other = (draw(_sketch(), _view(), palettes=_PALETTES) for _time in range(2))
    assert one == other


def test_words_differ_without_colour() -> None:
    """Each word is a shape of its own: in one colour they could still be told apart."""
    shapes = {
        word: re.sub(r' class="[^"]*"', "", found[1])
        for word in Word
        if (found := re.search(rf'<g id="{word.value}">(.*?)</g>', DEFINITIONS))
    }
    assert set(shapes) == set(Word)
    assert len(set(shapes.values())) == len(shapes)
    outlines = {re.sub(r"<path class=.*", "", shape)[:12] for shape in shapes.values()}
    assert len(outlines) >= 3


def test_stretches_differ_without_colour() -> None:
    """Help is dashed, stairs are a ladder, what is closed is dotted."""
    caption = _sketch().caption
    drawn = set()
    for sort in LineSort:
        sketch = Sketch(caption, Ground(), [Stretch([(0.0, 0.0), (9.0, 9.0)], sort)])
        text = draw(sketch, _view(), palettes=_PALETTES).decode()
        body = text.partition("</defs>")[2].partition('class="way-edge"')[2][:200]
        drawn.add(re.sub(r' class="[^"]*"', "", body))
    assert len(drawn) == len(LineSort)


def test_paper_is_black_on_white() -> None:
    """A photocopy loses nothing: the printed style knows greys only."""
    text = draw(_sketch(), _view(), palettes=_PALETTES, theme=Theme.PRINT).decode()
    for colour in re.findall(r"#([0-9a-f]{6})\b", text):
        assert colour[:2] == colour[2:4] == colour[4:]
    assert "prefers-color-scheme" not in text


def test_a_wished_theme_does_not_follow_the_device() -> None:
    """Only `auto` asks the device."""
    light = draw(_sketch(), _view(), palettes=_PALETTES, theme=Theme.LIGHT).decode()
    assert "@media" not in light
    assert "prefers-color-scheme:dark" in draw(_sketch(), _view(), palettes=_PALETTES).decode()
