"""Numbers and texts as they may stand in XML (pure)."""

import html
import re

# XML 1.0 forbids these wherever they stand; marks of direction could turn a text around.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_GAPS = re.compile(r"\s+")


def escape(text: str) -> str:
    """Write a text for an element or an attribute; what XML cannot hold is left out."""
    return html.escape(_GAPS.sub(" ", _FORBIDDEN.sub("", text)))


def write_number(value: float, decimals: int = 1) -> str:
    """Write a number as short as it can be."""
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:.0f}"
    return "0" if text in {"-0", ""} else text
