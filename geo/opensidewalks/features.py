"""Features of a GeoJSON file one at a time: memory does not grow with the file.

Reads text in pieces and decodes one feature after another. What stands around the list of
features is read only as far as it is needed.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geo.opensidewalks.errors import UnreadableFileError

_PIECE = 1 << 20
_HEAD_LIMIT = 64 << 20
"""A region may be a long outline, but not longer than this."""
_LIST = re.compile(r'"features"\s*:\s*\[')
_GAP = " \t\r\n"
Feature = dict[str, Any]


def iter_features(path: Path) -> Iterator[Feature]:
    """Give every feature of a file in order.

    Raises `UnreadableFileError` when the file is no GeoJSON, is cut off or damaged; features
    before the damage have been given by then.
    """
    decoder = json.JSONDecoder(parse_constant=_refuse)
    try:
        with path.open(encoding="utf-8") as file:
            text = _skip_head(file, path.name)
            while True:
                text = text.lstrip(_GAP + ",")
                while not text and (piece := file.read(_PIECE)):
                    text = piece.lstrip(_GAP + ",")
                if text.startswith("]"):
                    _check_tail(text[1:] + file.read(), path.name)
                    return
                feature, text = _decode(decoder, text, file, path.name)
                if not isinstance(feature, dict):
                    raise UnreadableFileError(file=path.name, reason="not a feature")
                yield feature
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise UnreadableFileError(file=path.name, reason=str(error)[:200]) from error


def _skip_head(file: Any, name: str) -> str:  # noqa: ANN401 - an open text file
    text = ""
    while True:
        piece = file.read(_PIECE)
        text += piece
        if found := _LIST.search(text):
            return str(text[found.end() :])
        if not piece or len(text) > _HEAD_LIMIT:
            raise UnreadableFileError(file=name, reason="no list of features")


def _decode(
    decoder: json.JSONDecoder,
    text: str,
    file: Any,  # noqa: ANN401 - an open text file
    name: str,
) -> tuple[Any, str]:
    while True:
        try:
            feature, end = decoder.raw_decode(text)
        except json.JSONDecodeError as error:
            piece = file.read(_PIECE)
            if not piece:
                raise UnreadableFileError(file=name, reason=f"cut off: {error.msg}") from error
            text += piece
        else:
            return feature, text[end:]


def _check_tail(text: str, name: str) -> None:
    """Refuse a file that ends inside its outermost object."""
    if not text.rstrip().endswith("}"):
        raise UnreadableFileError(file=name, reason="cut off at its end")


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no number")
