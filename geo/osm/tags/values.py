"""Numbers and yes/no answers in tag values: lengths, inclines, counts, levels.

Mappers write `1.5`, `1,5 m`, `150 cm`, `5'`, `4'6"`; the result is whole millimetres or whole
permille. What cannot be read for certain is `None`.
"""

import math
import re

_NUMBER = r"(\d+(?:[.,]\d+)?)"
_METRIC = re.compile(rf"^{_NUMBER}\s*(mm|cm|m|metres?|meters?|м|см|мм)?$")
_FEET = re.compile(rf"^{_NUMBER}\s*(?:'|ft|feet|foot)\s*(?:{_NUMBER}\s*(?:\"|in|inch(?:es)?)?)?$")
_INCHES = re.compile(rf"^{_NUMBER}\s*(?:\"|in|inch(?:es)?)$")
_RANGE = re.compile(rf"^{_NUMBER}\s*[-–…]\s*{_NUMBER}(.*)$")
_PERCENT = re.compile(rf"^([+-]?)\s*{_NUMBER}\s*%?$")
_DEGREES = re.compile(rf"^([+-]?)\s*{_NUMBER}\s*(?:°|deg|degrees?)$")
_RATIO = re.compile(rf"^([+-]?)\s*{_NUMBER}\s*[:/]\s*{_NUMBER}$")

_MM_PER_UNIT = {
    "mm": 1.0,
    "мм": 1.0,
    "cm": 10.0,
    "см": 10.0,
    "m": 1000.0,
    "м": 1000.0,
    "metre": 1000.0,
    "metres": 1000.0,
    "meter": 1000.0,
    "meters": 1000.0,
}
_MM_PER_FOOT = 304.8
_MM_PER_INCH = 25.4
_STEEPEST_PERMILLE = 1000
_LEAST_BARE_PERCENT = 1.0

_YES = frozenset({"yes", "true", "1", "both", "left", "right", "designated"})
_NO = frozenset({"no", "false", "0", "none"})


def _number(digits: str) -> float:
    return float(digits.replace(",", "."))


def parse_length_mm(value: str | None, *, at_most_mm: int = 100_000) -> int | None:
    """Read a length, in metres where no unit is written.

    Of a range or a list the smallest counts. Above `at_most_mm` it is taken for an error.
    """
    if not value:
        return None
    lengths = [_single_length_mm(part.strip()) for part in value.lower().split(";")]
    known = [length for length in lengths if length is not None]
    if not known or len(known) < len(lengths):
        return None
    return min(known) if min(known) <= at_most_mm else None


def _single_length_mm(text: str) -> int | None:
    spread = _RANGE.match(text)
    if spread:
        text = spread[1] + spread[3]
    if metric := _METRIC.match(text):
        return round(_number(metric[1]) * _MM_PER_UNIT[metric[2] or "m"])
    if feet := _FEET.match(text):
        inches = _number(feet[2]) if feet[2] else 0.0
        return round(_number(feet[1]) * _MM_PER_FOOT + inches * _MM_PER_INCH)
    if inches_only := _INCHES.match(text):
        return round(_number(inches_only[1]) * _MM_PER_INCH)
    return None


def parse_incline(value: str | None) -> tuple[int | None, int | None]:
    """Read `incline` as (permille, climb), both signed along the way.

    `5%`, `-8 %`, `3°`, `1:12`, and a bare number from 1 upwards as percent; `up` and `down` give
    only the climb. A bare fraction (`0.05`) may be a ratio or a percentage: unknown.
    """
    if not value:
        return None, None
    text = value.strip().lower().replace("−", "-").removeprefix("~")
    if text in ("up", "down"):
        return None, 1 if text == "up" else -1
    permille = _incline_permille(text)
    if permille is None or abs(permille) > _STEEPEST_PERMILLE:
        return None, None
    return permille, (permille > 0) - (permille < 0) or None


def _incline_permille(text: str) -> int | None:
    if percent := _PERCENT.match(text):
        size = _number(percent[2])
        if "%" not in text and 0 < size < _LEAST_BARE_PERCENT:
            return None
        return _signed(percent[1], size * 10)
    if degrees := _DEGREES.match(text):
        return _signed(degrees[1], math.tan(math.radians(min(_number(degrees[2]), 89.0))) * 1000)
    if ratio := _RATIO.match(text):
        run = _number(ratio[3])
        return _signed(ratio[1], _number(ratio[2]) / run * 1000) if run else None
    return None


def _signed(sign: str, permille: float) -> int:
    return round(-permille if sign == "-" else permille)


def parse_flag(value: str | None) -> bool | None:
    """Read yes or no; anything else is unknown."""
    if value is None:
        return None
    word = value.strip().lower()
    if word in _YES:
        return True
    return False if word in _NO else None


def parse_count(value: str | None, *, at_most: int = 2000) -> int | None:
    """Read a whole number; a `+`, a range or a word is unknown."""
    if value is None or not value.strip().isdecimal():
        return None
    count = int(value)
    return count if count <= at_most else None


def parse_layer(value: str | None) -> int:
    """Read `layer`; ground level where it is missing or senseless."""
    try:
        layer = int((value or "0").strip())
    except ValueError:
        return 0
    return layer if -20 <= layer <= 20 else 0  # noqa: PLR2004 - no city has more


def split_values(value: str | None) -> list[str]:
    """Split a list of values at semicolons."""
    return [part.strip() for part in (value or "").split(";") if part.strip()]
