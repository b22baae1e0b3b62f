"""All collections as one GeoPackage 1.3 (OGC 12-128r17), written with SQLite alone.

Layers have an R-tree, columns have descriptions (schema extension), and the licence stands in
the metadata. Rows go in as they come; a few megabytes of cache are all the memory it takes.
"""

import sqlite3
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import shapely

from audits.opendata.collections import Collection
from audits.opendata.columns import Column, Kind, describe_word
from audits.opendata.rows import Row

_APPLICATION_ID = 0x47504B47  # "GPKG"
_VERSION = 10300
_HEADER = struct.Struct("<2sBBi")
_ENVELOPE = struct.Struct("<4d")
_POINT_FLAGS, _BOXED_FLAGS = 0b0000_0001, 0b0000_0011
_SRID = 4326
_TYPES = {
    Kind.INTEGER: "INTEGER", Kind.NUMBER: "REAL", Kind.BOOLEAN: "BOOLEAN", Kind.TIME: "DATETIME",
    Kind.DATE: "DATE",
}  # fmt: skip
_SETUP = f"""
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_VERSION};
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -8000;
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE,
  max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
  mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name));
CREATE TABLE gpkg_metadata (
  id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml',
  metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE gpkg_metadata_reference (
  reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL, md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id));
"""
_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,'
    'AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,'
    'AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],'
    'AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'
)
_SYSTEMS = [
    ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian"),
    ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic"),
    ("WGS 84 geodetic", _SRID, "EPSG", _SRID, _WGS84, "longitude/latitude in degrees"),
]
_EXTENSIONS = [
    ("gpkg_data_columns", None, "gpkg_schema",
     "http://www.geopackage.org/spec/#extension_schema", "read-write"),
    ("gpkg_metadata", None, "gpkg_metadata",
     "http://www.geopackage.org/spec/#extension_metadata", "read-write"),
    ("gpkg_metadata_reference", None, "gpkg_metadata",
     "http://www.geopackage.org/spec/#extension_metadata", "read-write"),
]  # fmt: skip


_TRIGGERS = """
CREATE TRIGGER rtree_{0}_geom_insert AFTER INSERT ON {0}
  WHEN (NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_{0}_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom),
  ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_{0}_geom_update1 AFTER UPDATE OF geom ON {0}
  WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_{0}_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom),
  ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_{0}_geom_update2 AFTER UPDATE OF geom ON {0}
  WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_{0}_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_{0}_geom_update3 AFTER UPDATE ON {0}
  WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_{0}_geom WHERE id = OLD.fid;
  INSERT OR REPLACE INTO rtree_{0}_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom),
  ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_{0}_geom_update4 AFTER UPDATE ON {0}
  WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_{0}_geom WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER rtree_{0}_geom_delete AFTER DELETE ON {0} WHEN OLD.geom NOT NULL
BEGIN DELETE FROM rtree_{0}_geom WHERE id = OLD.fid; END;
"""
"""For those who edit the file: they keep the R-tree true, by functions that editors bring."""


class GeoPackage:
    """One file that is being written, layer after layer."""

    def __init__(self, path: Path, *, made_at: str, about: Mapping[str, str]) -> None:
        """Begin the file; `made_at` is UTC, ISO 8601, and `about` goes into its metadata."""
        self._made_at = made_at
        self._db = sqlite3.connect(path)
        self._db.executescript(_SETUP)
        self._db.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", _SYSTEMS)
        self._db.executemany("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", _EXTENSIONS)
        text = "\n".join(f"{key}: {value}" for key, value in about.items())
        self._db.execute(
            "INSERT INTO gpkg_metadata VALUES (1, 'dataset', ?, 'text/plain', ?)",
            ["https://www.dublincore.org/specifications/dublin-core/", text],
        )
        self._db.execute(
            "INSERT INTO gpkg_metadata_reference"
            " VALUES ('geopackage', NULL, NULL, NULL, ?, 1, NULL)",
            [made_at],
        )

    def begin(self, collection: Collection) -> "Layer":
        """Make the table of a collection."""
        return Layer(self._db, collection, self._made_at)

    def close(self) -> None:
        """End the file; its rows are there from now on."""
        self._db.commit()
        self._db.close()


class Layer:
    """One table of a GeoPackage."""

    def __init__(self, db: sqlite3.Connection, collection: Collection, made_at: str) -> None:
        self._db = db
        self._collection = collection
        self._made_at = made_at
        self._box = [float("inf"), float("inf"), float("-inf"), float("-inf")]
        self._create()
        marks = ", ".join("?" * (len(collection.published) + (collection.geometry is not None) + 1))
        self._insert = f"INSERT INTO {collection.name} VALUES ({marks})"  # noqa: S608 - our own names
        self._index = f"INSERT INTO rtree_{collection.name}_geom VALUES (?, ?, ?, ?, ?)"  # noqa: S608 - our own names
        self._number = 0

    def add(self, row: Row) -> None:
        """Write one row."""
        self._number += 1
        if row.wkb is None:
            self._db.execute(self._insert, [self._number, *row.values])
            return
        west, south, east, north = shapely.from_wkb(row.wkb).bounds
        blob = _as_blob(row.wkb, (west, south, east, north), self._collection.shape)
        self._db.execute(self._insert, [self._number, blob, *row.values])
        self._db.execute(self._index, [self._number, west, east, south, north])
        box = self._box
        self._box = [
            min(box[0], west), min(box[1], south), max(box[2], east), max(box[3], north),
        ]  # fmt: skip

    def close(self) -> None:
        """Note what the table holds."""
        name = self._collection.name
        has_shape = self._collection.geometry is not None
        box: Sequence[float | None] = self._box if has_shape and self._number else [None] * 4
        self._db.execute(
            "INSERT INTO gpkg_contents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                name, "features" if has_shape else "attributes", name,
                describe_word("collection", name, "en"), self._made_at, *box,
                _SRID if has_shape else None,
            ],
        )  # fmt: skip
        if has_shape:
            self._db.execute(
                "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)",
                [name, self._collection.shape.upper(), _SRID],
            )
            self._db.executescript(_TRIGGERS.format(name))
        # In pieces, so that the pages of one table never pile up for the next.
        self._db.commit()

    def _create(self) -> None:
        name = self._collection.name
        columns = ["fid INTEGER PRIMARY KEY NOT NULL"]
        if self._collection.geometry is not None:
            columns.append(f"geom {self._collection.shape.upper()}")
        columns += [f'"{each.name}" {_type_of(each)}' for each in self._collection.published]
        self._db.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
        self._db.executemany(
            "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, NULL, ?, NULL, NULL)",
            [
                (name, each.name, f"{name}.{each.name}", _describe(each))
                for each in self._collection.published
            ],
        )
        if self._collection.geometry is not None:
            self._db.execute(
                f"CREATE VIRTUAL TABLE rtree_{name}_geom USING rtree(id, minx, maxx, miny, maxy)"
            )
            self._db.execute(
                "INSERT INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index',"
                " 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
                [name],
            )


def _type_of(column: Column) -> str:
    kind = _TYPES.get(column.kind, "TEXT")
    return f"{kind} NOT NULL" if column.always else kind


def _describe(column: Column) -> str:
    meaning = column.describe("en")
    return f"{meaning} ({column.unit})" if column.unit else meaning


def _as_blob(wkb: bytes, box: tuple[float, float, float, float], shape: str) -> bytes:
    """Put the header of the format before a geometry: an envelope for all but points."""
    if shape == "Point":
        return _HEADER.pack(b"GP", 0, _POINT_FLAGS, _SRID) + wkb
    west, south, east, north = box
    envelope = _ENVELOPE.pack(west, east, south, north)
    return _HEADER.pack(b"GP", 0, _BOXED_FLAGS, _SRID) + envelope + wkb
