"""A way as GPX 1.1, for watches, phones and map programs.

One route (`rte`) with a point per step and its sentence, and one track (`trk`) with the whole
line. Nothing in it depends on the time of writing, so equal ways give equal files. Elements
stand in the order of the schema (topografix.com/GPX/1/1).
"""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from geo.routing.answer import Place, Route
from geo.routing.texts import LANGUAGES, render, render_step

NAMESPACE = "http://www.topografix.com/GPX/1/1"
_SCHEMA = "http://www.topografix.com/GPX/1/1/gpx.xsd"
_CREATOR = "Esik"
_ALLOWED_CONTROL = frozenset("\t\n\r")
_FIRST_PRINTABLE = 0x20


def as_gpx(route: Route, language: str, *, name: str = "") -> bytes:
    """Return a way as a GPX document in UTF-8.

    Raises `KeyError` for a language that does not exist.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    root = ET.Element(
        "gpx",
        {
            "version": "1.1",
            "creator": _CREATOR,
            "xmlns": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{NAMESPACE} {_SCHEMA}",
        },
    )
    shape = route.shape or [step.place for step in route.steps]
    title = _clean(name) or f"{_CREATOR}, {route.length_mm / 1000:.0f} m"
    metadata = ET.SubElement(root, "metadata")
    _text(metadata, "name", title)
    _text(metadata, "desc", " ".join(render(warning, language) for warning in route.warnings))
    _bounds(metadata, shape)
    way = ET.SubElement(root, "rte")
    _text(way, "name", title)
    for number, step in enumerate(route.steps, 1):
        point = _point(way, "rtept", step.place)
        _text(point, "name", str(number))
        _text(point, "desc", render_step(step, language))
    track = ET.SubElement(root, "trk")
    _text(track, "name", title)
    stretch = ET.SubElement(track, "trkseg")
    for place in shape:
        _point(stretch, "trkpt", place)
    ET.indent(root, " ")
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _point(parent: ET.Element, tag: str, place: Place) -> ET.Element:
    lon, lat = place
    return ET.SubElement(parent, tag, {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}"})


def _bounds(parent: ET.Element, shape: Iterable[Place]) -> None:
    places = list(shape)
    if not places:
        return
    lons, lats = [place[0] for place in places], [place[1] for place in places]
    ET.SubElement(
        parent,
        "bounds",
        {
            "minlat": f"{min(lats):.7f}",
            "minlon": f"{min(lons):.7f}",
            "maxlat": f"{max(lats):.7f}",
            "maxlon": f"{max(lons):.7f}",
        },
    )


def _text(parent: ET.Element, tag: str, text: str) -> None:
    """Add an element; one without text is left out."""
    clean = _clean(text)
    if clean:
        ET.SubElement(parent, tag).text = clean


def _clean(text: str) -> str:
    """Return a text without the characters that XML cannot hold; the rest is escaped later."""
    kept = (c for c in text if c in _ALLOWED_CONTROL or _is_character(ord(c)))
    return "".join(kept).strip()


def _is_character(code: int) -> bool:
    surrogate, none = 0xD800 <= code <= 0xDFFF, code in {0xFFFE, 0xFFFF}  # noqa: PLR2004 - XML 1.0, 2.2
    return code >= _FIRST_PRINTABLE and not surrogate and not none
