"""Read their objects from JSON or CSV, one at a time, whatever is wrong with some of them.

JSON: an array, an object with `objects` (and `categories`, number to title), or one object a
line. CSV: one row an object, columns of the first step by name, `lat` and `lon`, and
`zone.key` for answers, such as `entrance1.30`; also `zone.comment`, `zone.overriddenScore`.
Memory holds one object at a time.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from audits.doskaz.objects import ZONES, DoskazObject, RowCode, RowProblem, read_object
from geo.errors import DomainError, ErrorKind

_CHUNK = 1 << 16
_MAX_OBJECT = 4 << 20
"""Characters of one object; anything longer is not theirs."""
_LISTS = ("otherNames", "photos", "videos")


class UnreadableFileError(DomainError):
    """The file cannot be opened or is neither JSON nor CSV of the expected shape."""

    code = "doskaz-file-unreadable"
    title = "This file is not an export of Doskaz objects"
    kind = ErrorKind.BAD_REQUEST


Row = tuple[int, DoskazObject | None, tuple[RowProblem, ...]]


def iter_objects(path: Path, *, titles: dict[str, str] | None = None) -> Iterator[Row]:
    """Give every row with its object, if there is one, and its problems.

    The kind of file follows from its ending. Raises UnreadableFileError before the first row;
    a file that breaks off later ends with a problem of its own.
    """
    known = dict(titles or {})
    rows = _csv_rows(path) if path.suffix.lower() == ".csv" else _json_rows(path, known)
    for number, body in rows:
        if isinstance(body, _Broken):
            yield number, None, (RowProblem(number, RowCode.BROKEN_FILE, "", body.reason),)
            continue
        found, problems = read_object(number, body, known)
        yield number, found, problems


class _Broken:
    """What stands for a row that cannot be read at all."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def _open(path: Path) -> IO[str]:
    try:
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise UnreadableFileError(str(error.strerror), path=path.name) from error


def _json_rows(path: Path, titles: dict[str, str]) -> Iterator[tuple[int, object]]:
    with _open(path) as file:
        text = _Text(file, path.name)
        opening = text.peek()
        if opening == "[":
            text.skip(1)
            yield from _array(text)
        elif opening == "{" and text.starts_whole():
            yield from _whole(text, titles)
        elif opening == "{":
            yield from _lines(text)
        else:
            raise UnreadableFileError("neither JSON nor .csv", path=path.name)


class _Text:
    """A file read piece by piece, with a decoder that takes one value off its front."""

    def __init__(self, file: IO[str], name: str) -> None:
        self._file = file
        self._name = name
        self._buffer = ""
        self._decoder = json.JSONDecoder()

    def peek(self) -> str:
        """Return the next character that is no space, empty at the end."""
        self._buffer = self._buffer.lstrip()
        while not self._buffer and self._more():
            self._buffer = self._buffer.lstrip()
        return self._buffer[:1]

    def skip(self, count: int) -> None:
        self._buffer = self._buffer[count:]

    def starts_whole(self) -> bool:
        """Whether the first key is one of the envelope and not of an object."""
        while len(self._buffer) < _CHUNK and self._more():
            pass
        head = self._buffer[1:].lstrip()
        return head.startswith(('"objects"', '"categories"'))

    def value(self) -> object:
        """Take one JSON value off; raises ValueError when there is none."""
        while True:
            self.peek()
            try:
                value, end = self._decoder.raw_decode(self._buffer)
            except ValueError:
                if len(self._buffer) > _MAX_OBJECT or not self._more():
                    raise
                continue
            if end == len(self._buffer) and self._more():
                continue
            self._buffer = self._buffer[end:]
            return value

    def line(self) -> str:
        """Take the rest of a line off."""
        while "\n" not in self._buffer and len(self._buffer) <= _MAX_OBJECT and self._more():
            pass
        line, _end, self._buffer = self._buffer.partition("\n")
        return line

    def _more(self) -> bool:
        try:
            chunk = self._file.read(_CHUNK)
        except UnicodeDecodeError as error:
            raise UnreadableFileError("not UTF-8", path=self._name) from error
        self._buffer += chunk
        return bool(chunk)


def _array(text: _Text) -> Iterator[tuple[int, object]]:
    number = 0
    while text.peek() not in {"", "]"}:
        number += 1
        try:
            yield number, text.value()
        except ValueError as error:
            # Where one object ends is no longer known: nothing after it can be trusted.
            yield number, _Broken(str(error))
            return
        if text.peek() == ",":
            text.skip(1)
    if text.peek() != "]":
        yield number + 1, _Broken("the file breaks off")
    text.skip(1)


def _whole(text: _Text, titles: dict[str, str]) -> Iterator[tuple[int, object]]:
    text.skip(1)
    while text.peek() == '"':
        name = text.value()
        if text.peek() != ":":
            break
        text.skip(1)
        if name == "objects" and text.peek() == "[":
            text.skip(1)
            yield from _array(text)
        else:
            value = text.value()
            if name == "categories" and isinstance(value, dict):
                titles.update({str(number): str(title) for number, title in value.items()})
        if text.peek() == ",":
            text.skip(1)


def _lines(text: _Text) -> Iterator[tuple[int, object]]:
    number = 0
    while text.peek():
        number += 1
        line = text.line()
        try:
            yield number, json.loads(line)
        except ValueError as error:
            yield number, _Broken(str(error))


def _csv_rows(path: Path) -> Iterator[tuple[int, object]]:
    with _open(path) as file:
        try:
            head = file.readline()
            file.seek(0)
            delimiter = ";" if head.count(";") > head.count(",") else ","
            rows = csv.DictReader(file, delimiter=delimiter)
            if not {"name", "lat", "lon", "form"} <= set(rows.fieldnames or ()):
                raise UnreadableFileError("columns name, form, lat, lon are needed", path=path.name)
            for number, row in enumerate(rows, start=1):
                yield number, _from_row(row)
        except UnicodeDecodeError as error:
            raise UnreadableFileError("not UTF-8", path=path.name) from error
        except csv.Error as error:
            raise UnreadableFileError(str(error), path=path.name) from error


def _from_row(row: dict[str | None, Any]) -> object:
    """Bring a wide row into the shape of the form."""
    if None in row:
        return _Broken("more cells than columns")
    first: dict[str, Any] = {"point": [row.get("lat"), row.get("lon")]}
    body: dict[str, Any] = {"first": first}
    for column, cell in row.items():
        zone, dot, key = str(column).partition(".")
        if not dot or zone not in ZONES:
            (body if column in {"id", "form", "createdAt", "updatedAt"} else first)[str(column)] = (
                cell
            )
            continue
        if not cell:
            continue
        whole = body.setdefault(zone, {"attributes": {}})
        (whole if key in {"comment", "overriddenScore"} else whole["attributes"])[key] = cell
    for name in _LISTS:
        if first.get(name):
            first[name] = [part.strip() for part in str(first[name]).split("|")]
    return body
