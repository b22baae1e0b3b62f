"""A collection as a GeoJSON text sequence (RFC 8142): a record separator before each feature."""

from pathlib import Path

import orjson

from audits.opendata.collections import Collection
from audits.opendata.rows import Row

_SEPARATOR = b"\x1e"


class SequenceFile:
    """One sequence that is being written."""

    def __init__(self, path: Path, collection: Collection) -> None:
        self._names = [column.name for column in collection.published]
        self._file = path.open("wb")

    def add(self, row: Row) -> None:
        """Write one feature; its id stands above its properties (RFC 7946 §3.2)."""
        properties = dict(zip(self._names, row.values, strict=True))
        feature = {
            "type": "Feature",
            "id": properties.pop("id"),
            "geometry": orjson.Fragment(row.geojson or "null"),
            "properties": properties,
        }
        self._file.write(_SEPARATOR + orjson.dumps(feature) + b"\n")

    def close(self) -> None:
        """End the file."""
        self._file.close()
