"""Contrast by WCAG 2.2, computed from the colours that pages and map really use."""

import json
import re

import pytest

from tests.support.machine import ROOT

STATIC = ROOT / "api" / "pages" / "static"
MAP = json.loads((STATIC / "map" / "colours.json").read_text(encoding="utf-8"))
_WORDS = ("yes", "with_help", "no", "unknown")


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio of two colours (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _page_colours(theme: str) -> dict[str, str]:
    text = (STATIC / "css" / "site.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{([^}]*--ground[^}]*)\}", text)
    block = light if theme == "light" else dark
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_can_be_read(theme: str) -> None:
    """Text reaches 4.5:1 on every ground it stands on (1.4.3)."""
    c = _page_colours(theme)
    softs = [f"{word.replace('_', '-')}-soft" for word in _WORDS]
    for ground in ("ground", "raised", "chosen", *softs):
        assert contrast(c["ink"], c[ground]) >= 4.5, ground
        assert contrast(c["quiet"], c[ground]) >= 4.5, ground
    for ground in ("ground", "raised", *softs):
        assert contrast(c["accent"], c[ground]) >= 4.5, ground
    assert contrast(c["on-accent"], c["accent"]) >= 4.5
    assert contrast(c["demo-ink"], c["demo"]) >= 4.5
    assert contrast(c["no"], c["ground"]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_and_controls_can_be_seen(theme: str) -> None:
    """Marks, their signs, and the edges of controls reach 3:1 (1.4.11)."""
    c = _page_colours(theme)
    for word in _WORDS:
        name = word.replace("_", "-")
        for ground in ("ground", "raised", f"{name}-soft"):
            assert contrast(c[name], c[ground]) >= 3, (word, ground)
        if word != "unknown":
            assert contrast(c[name], c["mark"]) >= 3
    assert contrast(c["edge"], c["ground"]) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_map_can_be_read(theme: str) -> None:
    """Marks stand out from their halo and the ground, labels from their halo."""
    c = MAP[theme]
    for word in _WORDS:
        assert contrast(c[word], c["halo"]) >= 3, word
        assert contrast(c[word], c["ground"]) >= 3, word
        assert contrast(c[word], c["building"]) >= 3, word
        if word != "unknown":
            assert contrast(c[word], c["mark"]) >= 3
    for text in ("text", "minorText"):
        assert contrast(c[text], c["halo"]) >= 4.5
        assert contrast(c[text], c["road"]) >= 4.5
    for line in ("steps", "footway", "route"):
        assert contrast(c[line], c["ground"]) >= 3, line
    assert contrast(c["entrance"], c["building"]) >= 3
    assert contrast(c["barrier"], c["mark"]) >= 3
    assert set(MAP["light"]) == set(MAP["dark"])
