"""Declarative base, naming convention and the column types that every table shares.

Constraint names come from one convention, because `geo.db.errors` and the migrations refer to
constraints by name. Enumerations are text with a CHECK, so that a new value is a cheap change.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import DateTime, Enum, Index, MetaData, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from geo.ids import uuid7

SRID = 4326
"""Every stored geometry is WGS 84, longitude before latitude (RFC 7946)."""

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table of Esik."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads a plain dict
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
        dict[str, Any]: JSONB(),
        dict[str, str]: JSONB(),
        list[dict[str, Any]]: JSONB(),
    }


class Timestamps:
    """When a row came into being and when it last changed (UTC, server clock)."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


def uuid_key() -> Mapped[UUID]:
    """Give a primary key that sorts by creation time."""
    return mapped_column(Uuid(), primary_key=True, default=uuid7)


def text_enum(enum: type[StrEnum], name: str) -> Enum:
    """Store an enumeration as text with a CHECK constraint called `name`."""
    return Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def geometry(kind: str) -> Geometry:
    """Give a geometry column type in WGS 84 without GeoAlchemy's own, oddly named index."""
    return Geometry(kind, srid=SRID, spatial_index=False)


def gist(table: str, column: str = "geom") -> Index:
    """Give the GiST index of a geometry column under the project's naming convention."""
    return Index(f"ix_{table}_{column}", column, postgresql_using="gist")


Shape = WKBElement
"""What a geometry column holds in Python."""
