"""The list of a set of files: what each one is, how long, with which digest, and of when (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from audits.opendata.licence import (
    ATTRIBUTION,
    LICENCE_ID,
    LICENCE_NAME,
    LICENCE_URL,
    OSM_COPYRIGHT,
)

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class OpenFile:
    """One file of a set."""

    name: str
    format: str
    """gpkg, csv, excel, geojsons, a11yjson, osw, osc, schema or definitions."""
    media_type: str
    collection: str | None = None
    """Of which it holds the rows; empty where it holds more than one or none."""
    row_count: int | None = None
    """Rows, features or proposals; empty where there are none to count."""
    compressed_from: str | None = None
    """Name of the file that this one is, compressed with gzip."""
    byte_count: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where and when the data come from."""

    snapshot_at: str
    """The one moment of the database that every file shows; UTC, ISO 8601."""
    map_source: str | None
    """Name of the map extract in force."""
    map_timestamp: str | None
    """How old that map is; UTC, ISO 8601."""
    is_demo: bool
    """Whether the city is invented."""
    coverage: Mapping[str, Any]
    """How many places there are, how many were audited, and how many have each word."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one set holds."""

    set_id: str
    """Sorts by time; part of the permanent address of every file."""
    provenance: Provenance
    files: Sequence[OpenFile]
    chunk_bytes: int
    """Length of the pieces in which files lie in the store."""
    published_at: str = ""
    public_url: str = ""
    version: str = ""
    """Of the program that made it."""

    def find_file(self, name: str) -> tuple[int, OpenFile] | None:
        """Find a file and its number by its name."""
        for number, file in enumerate(self.files):
            if file.name == name:
                return number, file
        return None

    @property
    def snapshot_at(self) -> datetime:
        """When the database was as the files show it."""
        return datetime.fromisoformat(self.provenance.snapshot_at).astimezone(UTC)

    @property
    def published(self) -> datetime:
        """When the set became visible."""
        return datetime.fromisoformat(self.published_at).astimezone(UTC)

    def as_stored(self) -> bytes:
        """Write it as the store keeps it."""
        return orjson.dumps(asdict(self))

    def as_published(self, root: str) -> bytes:
        """Write it for readers, with the permanent address of every file."""
        base = f"{root}/open/{self.set_id}"
        about = self.provenance
        document = {
            "set": self.set_id,
            "title": "Esik: accessibility of the city",
            "snapshot_at": about.snapshot_at,
            "published_at": self.published_at,
            "is_demo": about.is_demo,
            "licence": {"id": LICENCE_ID, "name": LICENCE_NAME, "url": LICENCE_URL},
            "attribution": ATTRIBUTION,
            "provenance": [
                {
                    "what": "streets, buildings and most places",
                    "source": "OpenStreetMap",
                    "copyright": OSM_COPYRIGHT,
                    "extract": about.map_source,
                    "as_of": about.map_timestamp,
                },
                {
                    "what": "facts and words",
                    "source": "audits by Esik volunteers, approved by reviewers of the city",
                    "as_of": about.snapshot_at,
                },
            ],
            "coverage": about.coverage,
            "definitions": f"{base}/definitions.json",
            "made_by": f"Esik {self.version}",
            "files": [
                {"name": file.name, "href": f"{base}/{file.name}", **_shown(file)}
                for file in self.files
            ],
        }
        return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def read_manifest(content: bytes) -> Manifest:
    """Read a manifest as the store keeps it."""
    found = orjson.loads(content)
    files = [OpenFile(**each) for each in found.pop("files")]
    return Manifest(**{**found, "provenance": Provenance(**found["provenance"]), "files": files})


def _shown(file: OpenFile) -> dict[str, Any]:
    return {
        name: value for name, value in asdict(file).items() if name != "name" and value is not None
    }
