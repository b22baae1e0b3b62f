"""The canonical form of a body and its digest, so that the same content has the same name (pure).

A phone computes the same digest over what it sent and compares it with the one in the receipt,
so the form must be easy to write in any language. It is RFC 8785 (members sorted by UTF-16 code
units, no spaces, numbers as ECMAScript writes them) after two steps that make harmless
differences disappear: strings in Unicode form NFC, and members that are null, `[]` or `{}` left
out. Whole numbers beyond 2^53, which RFC 8785 does not know, are written out exactly.
"""

import hashlib
import math
import unicodedata
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any

from geo.errors import DomainError, ErrorKind

_PLAIN_FROM, _PLAIN_TO = -6, 21
"""Powers of ten between which ECMAScript writes a number without an exponent."""
_MAX_DEPTH = 64
_WORDS = {None: "null", True: "true", False: "false"}


class ContentNotCanonicalError(DomainError):
    """The body holds what JSON cannot carry: NaN, infinity, half a surrogate pair, deep nesting."""

    code = "content-not-json"
    title = "The body holds something that JSON cannot carry"
    kind = ErrorKind.INVALID


def digest(body: Mapping[str, Any]) -> str:
    """Give the SHA-256 of the canonical form, hex; raises ContentNotCanonicalError."""
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()


def canonical_json(body: Mapping[str, Any]) -> str:
    """Write a body in one fixed way, whatever order, spacing or number form it came in.

    Raises ContentNotCanonicalError.
    """
    text = _write(_simplify(body, 0))
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ContentNotCanonicalError from error
    return text


def _simplify(value: Any, depth: int) -> Any:  # noqa: ANN401 - any JSON
    """Bring strings to NFC and leave out members that say nothing."""
    if depth > _MAX_DEPTH:
        raise ContentNotCanonicalError
    if isinstance(value, str):
        return _compose(value)
    if isinstance(value, Mapping):
        members = {_compose(name): _simplify(item, depth + 1) for name, item in value.items()}
        return {name: item for name, item in members.items() if not _says_nothing(item)}
    if isinstance(value, list | tuple):
        return [_simplify(item, depth + 1) for item in value]
    return value


def _compose(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _says_nothing(value: object) -> bool:
    return value is None or (isinstance(value, dict | list) and not value)


def _write(value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_quote(name)}:{_write(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_write, value)) + "]"
    if isinstance(value, float):
        return _write_float(value)
    return _quote(value)


def _quote(value: str | bool | int | None) -> str:  # noqa: FBT001 - a JSON value, not a switch
    if isinstance(value, str):
        return encode_basestring(value)
    return _WORDS[value] if value is None or isinstance(value, bool) else str(value)


def _write_float(value: float) -> str:
    """Write a fraction as ECMAScript does (ECMA-262, Number::toString)."""
    if not math.isfinite(value):
        raise ContentNotCanonicalError
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    leading_zeros = len(whole + fraction) - len(digits)
    point = len(whole) - leading_zeros + int(exponent or 0)
    digits = digits.rstrip("0")
    return sign + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    """Put the decimal point behind `point` digits, with an exponent where it is far away."""
    if len(digits) <= point <= _PLAIN_TO:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _PLAIN_TO:
        return f"{digits[:point]}.{digits[point:]}"
    if _PLAIN_FROM < point <= 0:
        return "0." + "0" * -point + digits
    power = point - 1
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{tail}e{'+' if power > 0 else '-'}{abs(power)}"
