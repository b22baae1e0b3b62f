"""Colours of sketches as a style sheet (pure): light, dark, by the reader's wish, or for paper.

A palette maps names to colours; one palette serves the map of the pages and the sketches. What a
colour says, a shape, a dash or a letter says too.
"""

from collections.abc import Mapping
from enum import StrEnum

Palette = Mapping[str, str]


class Theme(StrEnum):
    """Which colours a picture has."""

    AUTO = "auto"
    """Light or dark, as the reader's device wishes."""
    LIGHT = "light"
    DARK = "dark"
    PRINT = "print"
    """Black on white, for paper and photocopies."""


_AREAS = ("water", "park", "wood", "grass", "sand", "pitch", "square")
_ROADS = {
    "motorway": "motorway",
    "primary": "major",
    "secondary": "major",
    "tertiary": "road",
    "minor": "road",
    "service": "road",
}
_INK = {
    "ground": "#ffffff", "water": "#e4e4e4", "waterway": "#8a8a8a", "park": "#f3f3f3",
    "wood": "#ededed", "grass": "#f7f7f7", "sand": "#f7f7f7", "pitch": "#f3f3f3",
    "square": "#f7f7f7", "building": "#dcdcdc", "buildingLine": "#9a9a9a", "road": "#ffffff",
    "roadLine": "#8a8a8a", "major": "#ffffff", "majorLine": "#5a5a5a", "motorway": "#ffffff",
    "motorwayLine": "#3a3a3a", "footway": "#5a5a5a", "pedestrian": "#f3f3f3", "steps": "#000000",
    "crossing": "#3a3a3a", "railway": "#6a6a6a", "text": "#000000", "halo": "#ffffff",
    "minorText": "#3a3a3a", "yes": "#000000", "with_help": "#000000", "no": "#000000",
    "unknown": "#000000", "mark": "#ffffff", "clusterFill": "#ffffff", "entrance": "#000000",
    "barrier": "#000000", "route": "#000000", "routeLine": "#ffffff",
}  # fmt: skip
"""Paper: the four words differ by shape alone there."""


def write_style(palettes: Mapping[str, Palette], theme: Theme) -> str:
    """Write the style sheet; `palettes` has `light` and `dark`."""
    if theme is Theme.PRINT:
        return _FIXED + _colours(_INK)
    if theme is not Theme.AUTO:
        return _FIXED + _colours(palettes[theme.value])
    dark = _colours(palettes["dark"])
    return (
        f"{_FIXED}{_colours(palettes['light'])}"
        f"@media (prefers-color-scheme:dark){{{dark}}}@media print{{{_colours(_INK)}}}"
    )


_FIXED = (
    "svg{font-family:'Noto Sans',system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}"
    "path,polyline{fill:none;stroke-linecap:round;stroke-linejoin:round}"
    ".path,.crossing,.steps,.railway,.way-stairs{stroke-linecap:butt}"
    ".road-name,.house,.note,.number{text-anchor:middle}"
    ".road-name,.house,.note{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}"
    ".road-name{font-size:11px}.house{font-size:9px}.note{font-size:12px;font-weight:600}"
    ".number{font-size:13px;font-weight:700}.small{font-size:11px}"
)


def _colours(c: Palette) -> str:
    rules = [f".ground{{fill:{c['ground']}}}"]
    rules += [f".{name}{{fill:{c[name]};stroke:none}}" for name in _AREAS]
    rules += [
        f".building{{fill:{c['building']};stroke:{c['buildingLine']};stroke-width:.6}}",
        f".focus{{fill:{c['building']};stroke:{c['entrance']};stroke-width:2.5}}",
        f".waterway{{stroke:{c['waterway']}}}.railway{{stroke:{c['railway']}}}",
        *(f".{name}{{stroke:{c[key]}}}" for name, key in _ROADS.items()),
        *(f".{name}-edge{{stroke:{c[key + 'Line']}}}" for name, key in _ROADS.items()),
        f".pedestrian{{stroke:{c['pedestrian']}}}.pedestrian-edge{{stroke:{c['roadLine']}}}",
        f".path{{stroke:{c['footway']}}}.crossing,.lift{{stroke:{c['crossing']}}}",
        f".steps{{stroke:{c['steps']}}}",
        f".way{{stroke:{c['route']}}}.way-edge{{stroke:{c['routeLine']}}}",
        f".way-core{{stroke:{c['routeLine']}}}.way-stairs{{stroke:{c['steps']}}}",
        f".way-closed{{stroke:{c['no']}}}",
        f".yes{{fill:{c['yes']}}}.with_help{{fill:{c['with_help']}}}.no{{fill:{c['no']}}}",
        f".unknown{{fill:{c['halo']};stroke:{c['unknown']}}}.unknown-sign{{stroke:{c['unknown']}}}",
        f".halo{{fill:{c['halo']};stroke:{c['halo']}}}.sign{{stroke:{c['mark']}}}",
        f".entrance{{fill:{c['entrance']};stroke:{c['halo']}}}.knob{{fill:{c['halo']}}}",
        f".barrier{{fill:{c['barrier']};stroke:{c['halo']}}}",
        f".start{{fill:{c['halo']};stroke:{c['route']}}}.target{{fill:none;stroke:{c['route']}}}",
        f".cluster{{fill:{c['clusterFill']};stroke:{c['text']}}}",
        f".plate{{fill:{c['halo']};stroke:{c['text']};stroke-width:1}}",
        f".band{{fill:{c['halo']}}}.rule{{stroke:{c['text']}}}",
        f"text{{fill:{c['text']}}}.road-name,.house{{fill:{c['minorText']};stroke:{c['halo']}}}",
        f".note{{stroke:{c['halo']}}}.house{{stroke:{c['building']}}}",
    ]
    return "".join(rules)
