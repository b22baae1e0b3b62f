"""Tables of districts, places and elements.

`places` carries the published words so that lists and tiles read one table; only
`geo.places.words` writes them, on behalf of the audits that decided them.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    Date,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.db.base import Base, Shape, Timestamps, geometry, gist, text_enum, uuid_key
from geo.places.kinds import ElementKind, Ownership, PlaceKind, PlaceState, Sector

_NAMES_ARE_AN_OBJECT = "jsonb_typeof(name) = 'object'"
_UNKNOWN_WORDS = text("'{0,0,0,0,0,0}'::smallint[]")


class District(Base, Timestamps):
    """An area of the city with reviewers of its own."""

    __tablename__ = "districts"
    __table_args__ = (
        gist("districts"),
        CheckConstraint(_NAMES_ARE_AN_OBJECT, "name_is_object"),
        Index("uq_districts_source_key", "source_key", unique=True),
    )

    id: Mapped[UUID] = uuid_key()
    source_key: Mapped[str] = mapped_column(Text)
    """Stable key of the source: `osm:relation/123`, `file:<id>` or `city`."""
    name: Mapped[dict[str, str]]
    """Names by language: kk, ru, en; `""` holds a name of unknown language."""
    geom: Mapped[Shape] = mapped_column(geometry("MULTIPOLYGON"))


class Place(Base, Timestamps):
    """A building, an organisation inside one, a stop, a crossing structure, an outdoor place."""

    __tablename__ = "places"
    __table_args__ = (
        gist("places", "point"),
        gist("places", "footprint"),
        # Nearest first in metres, not in degrees.
        Index("ix_places_geography", text("(point::geography)"), postgresql_using="gist"),
        # What `geo.places.lookup` looks through.
        Index("ix_places_search_words", "search_words", postgresql_using="gin"),
        # What somebody found out, and what the map says, about a toilet, a lift, a loop …
        *(
            Index(
                f"ix_places_{column}",
                column,
                postgresql_using="gin",
                postgresql_ops={column: "jsonb_path_ops"},
            )
            for column in ("features", "osm_tags")
        ),
        Index(
            "ix_places_features_until",
            "features_until",
            postgresql_where=text("features_until IS NOT NULL"),
        ),
        Index("ix_places_parent_id", "parent_id"),
        Index("ix_places_district_id_state", "district_id", "state"),
        Index("ix_places_category", "category"),
        Index(
            "uq_places_osm",
            "osm_type",
            "osm_id",
            unique=True,
            postgresql_where=text("osm_id IS NOT NULL"),
        ),
        CheckConstraint(_NAMES_ARE_AN_OBJECT, "name_is_object"),
        CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", "merged_has_target"),
        CheckConstraint("parent_id IS DISTINCT FROM id", "parent_is_another"),
        CheckConstraint("osm_type IN ('node', 'way', 'relation')", "osm_type_known"),
        CheckConstraint("(osm_type IS NULL) = (osm_id IS NULL)", "osm_key_whole"),
        CheckConstraint("cardinality(entry_words) = 6", "entry_word_per_profile"),
        CheckConstraint("cardinality(service_words) = 6", "service_word_per_profile"),
    )

    id: Mapped[UUID] = uuid_key()
    kind: Mapped[PlaceKind] = mapped_column(text_enum(PlaceKind, "kind"))
    state: Mapped[PlaceState] = mapped_column(text_enum(PlaceState, "state"), index=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"))
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"))
    district_id: Mapped[UUID | None] = mapped_column(ForeignKey("districts.id"))
    name: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'::jsonb"))
    """Names by language: kk, ru, en; `""` holds a name of unknown language."""
    category: Mapped[str] = mapped_column(Text)
    """What it offers, in OSM words: `pharmacy`, `school`, `public_service`, `apartments`…"""
    sector: Mapped[Sector] = mapped_column(text_enum(Sector, "sector"))
    ownership: Mapped[Ownership | None] = mapped_column(text_enum(Ownership, "ownership"))
    address: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'::jsonb"))
    """`street`, `housenumber`, `city`, `postcode`; `street:kk` and so on by language."""
    phone: Mapped[str | None] = mapped_column(Text)
    opening_hours: Mapped[str | None] = mapped_column(Text)
    """OSM `opening_hours` syntax."""
    website: Mapped[str | None] = mapped_column(Text)
    level: Mapped[str | None] = mapped_column(Text)
    """Floor inside the building, OSM `level`."""
    permit_date: Mapped[date | None] = mapped_column(Date)
    """Selects the version of the norm; empty means that the newest is assumed."""
    osm_type: Mapped[str | None] = mapped_column(Text)
    osm_id: Mapped[int | None] = mapped_column(BigInteger)
    external_ids: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'::jsonb"))
    """Other registers: `address_code`, `register`, `doskaz`."""
    declared_status: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What a register claims about adaptation: `status`, `source`, `declared_on`; never a word."""
    field_sources: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'::jsonb"))
    """Who said a field last: reviewer over volunteer over osm when an import merges."""
    osm_tags: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'::jsonb"))
    """Tags about access as mapped (`wheelchair`, `toilets:wheelchair` …); a hint, never a word."""
    point: Mapped[Shape] = mapped_column(geometry("POINT"))
    footprint: Mapped[Shape | None] = mapped_column(geometry("GEOMETRY"))
    entry_words: Mapped[list[int]] = mapped_column(
        ARRAY(SmallInteger), server_default=_UNKNOWN_WORDS
    )
    """Published word per profile, in profile order: 0 unknown, 1 no, 2 with_help, 3 yes."""
    service_words: Mapped[list[int]] = mapped_column(
        ARRAY(SmallInteger), server_default=_UNKNOWN_WORDS
    )
    coverage_percent: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    badges: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'::text[]"))
    entry_confidences: Mapped[list[int]] = mapped_column(
        ARRAY(SmallInteger), server_default=_UNKNOWN_WORDS
    )
    """How sure the word of each profile is: 0 low, 1 medium, 2 high."""
    service_confidences: Mapped[list[int]] = mapped_column(
        ARRAY(SmallInteger), server_default=_UNKNOWN_WORDS
    )
    features: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """What audits found out, by `Feature`: `value`, `confidence`, `seen_at`, `until`."""
    features_until: Mapped[datetime | None]
    """When the first of them goes out of date, and has to be worked out again."""
    search_words: Mapped[list[str]] = mapped_column(
        ARRAY(Text),
        Computed("list_search_words(name, address, category, osm_tags)", persisted=True),
        deferred=True,
    )
    """Folded words of the name, `@` and those of the address, `~category`; by the database."""
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class Element(Base, Timestamps):
    """A measurable part of a place or of the street, at its own point or line."""

    __tablename__ = "elements"
    __table_args__ = (
        gist("elements"),
        Index("ix_elements_place_id", "place_id"),
        Index("ix_elements_parent_id", "parent_id"),
        Index(
            "uq_elements_osm_node",
            "place_id",
            "osm_node_id",
            unique=True,
            postgresql_where=text("osm_node_id IS NOT NULL AND kind = 'entrance'"),
        ),
        CheckConstraint(
            "kind IN ('kerb', 'crossing', 'pavement', 'link') OR place_id IS NOT NULL", "has_place"
        ),
        CheckConstraint("parent_id IS DISTINCT FROM id", "parent_is_another"),
    )

    id: Mapped[UUID] = uuid_key()
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("elements.id"))
    kind: Mapped[ElementKind] = mapped_column(text_enum(ElementKind, "kind"))
    state: Mapped[PlaceState] = mapped_column(text_enum(PlaceState, "state"))
    name: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'::jsonb"))
    level: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[Shape | None] = mapped_column(geometry("GEOMETRY"))
    """Empty only for a part whose position nobody gave (an imported legacy entrance)."""
    position_source: Mapped[str] = mapped_column(Text, server_default="osm")
    """`audit` surveyed on site, `osm` mapped, `import` taken over without a survey."""
    osm_node_id: Mapped[int | None] = mapped_column(BigInteger)
    osm_way_id: Mapped[int | None] = mapped_column(BigInteger)
    osm_node_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    """Way nodes that a street element covers, so that it survives a split way."""
    osm_tags: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """Tags as mapped; a hint for the auditor and the router, never a word."""
    version: Mapped[int] = mapped_column(server_default="1")


class Street(Base):
    """A street with a name, as far as it goes on without a gap; made again by every import."""

    __tablename__ = "streets"
    __table_args__ = (
        gist("streets"),
        Index("ix_streets_search_words", "search_words", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[dict[str, str]]
    geom: Mapped[Shape] = mapped_column(geometry("MULTILINESTRING"))
    search_words: Mapped[list[str]] = mapped_column(
        ARRAY(Text),
        Computed("list_search_words(name, '{}'::jsonb, ''::text, '{}'::jsonb)", persisted=True),
        deferred=True,
    )


search_words = Table(
    "search_words",
    Base.metadata,
    Column("word", Text, nullable=False),
    Index("ix_search_words_word", "word", postgresql_ops={"word": "text_pattern_ops"}),
    Index(
        "ix_search_words_letters",
        "word",
        postgresql_using="gist",
        postgresql_ops={"word": "gist_trgm_ops"},
    ),
)
"""Every word that any place or street has had, to mend what is mistyped. Written by triggers.

Nothing forbids a word twice: writers that add the same word at once must not wait for each other.
"""
