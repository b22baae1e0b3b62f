"""Tables of the walking network.

`street_nodes` and `street_edges` are replaced by every import. `edge_overrides` and `barriers`
are what people said; they have their own geometry and OSM ids and are matched again after an
import, never dropped.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from geo.db.base import Base, Shape, Timestamps, geometry, gist, text_enum, uuid_key


class NetworkImport(Base):
    """One import of a map extract; the newest row is the network in force."""

    __tablename__ = "network_imports"

    id: Mapped[UUID] = uuid_key()
    source_name: Mapped[str] = mapped_column(Text)
    source_sha256: Mapped[str] = mapped_column(Text)
    source_timestamp: Mapped[datetime | None]
    """How old the map is: the newest change inside the extract."""
    is_demo: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    counts: Mapped[dict[str, Any]]
    bounds: Mapped[Shape] = mapped_column(geometry("POLYGON"))
    imported_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StreetNode(Base):
    """A vertex where edges meet, with what the map says stands on it."""

    __tablename__ = "street_nodes"
    __table_args__ = (gist("street_nodes"), Index("ix_street_nodes_osm_id", "osm_id"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    osm_id: Mapped[int] = mapped_column(BigInteger)
    geom: Mapped[Shape] = mapped_column(geometry("POINT"))
    kerb: Mapped[str | None] = mapped_column(Text)
    """raised, lowered, flush, rolled, no."""
    kerb_height_mm: Mapped[int | None] = mapped_column(SmallInteger)
    crossing: Mapped[str | None] = mapped_column(Text)
    """traffic_signals, marked, uncontrolled, unmarked, no."""
    signal_sound: Mapped[bool | None]
    tactile_paving: Mapped[str | None] = mapped_column(Text)
    obstacle: Mapped[str | None] = mapped_column(Text)
    """`barrier=*` on the node: gate, bollard, cycle_barrier, block, stile…"""
    obstacle_width_mm: Mapped[int | None] = mapped_column(Integer)
    locked: Mapped[bool | None]
    lift: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    level: Mapped[str | None] = mapped_column(Text)
    elevation_m: Mapped[float | None] = mapped_column(Float)
    """From a coarse elevation model, smoothed: a low-confidence hint."""


class EdgeKind(StrEnum):
    """How one moves along an edge."""

    FOOTWAY = "footway"
    SIDEWALK = "sidewalk"
    CROSSING = "crossing"
    PEDESTRIAN = "pedestrian"
    PATH = "path"
    STEPS = "steps"
    LIFT = "lift"
    ESCALATOR = "escalator"
    ROAD = "road"
    """Walked on the carriageway or on a pavement that is not a way of its own."""
    CORRIDOR = "corridor"
    PLATFORM = "platform"


class StreetEdge(Base):
    """A stretch of way between two vertices, walkable at least one way.

    `geom`, `incline_permille`, `climb` and sides are along the direction from → to. Every
    attribute is as mapped: empty means that the map does not know.
    """

    __tablename__ = "street_edges"
    __table_args__ = (
        gist("street_edges"),
        Index("ix_street_edges_osm_way_id", "osm_way_id"),
        Index("ix_street_edges_from_node_id", "from_node_id"),
        Index("ix_street_edges_to_node_id", "to_node_id"),
        CheckConstraint("length_mm > 0", "length_positive"),
        CheckConstraint("walk_forward OR walk_backward", "walkable"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    from_node_id: Mapped[int] = mapped_column(ForeignKey("street_nodes.id"))
    to_node_id: Mapped[int] = mapped_column(ForeignKey("street_nodes.id"))
    osm_way_id: Mapped[int] = mapped_column(BigInteger)
    osm_node_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """All way nodes along the edge, so that overrides can be matched again."""
    geom: Mapped[Shape] = mapped_column(geometry("LINESTRING"))
    length_mm: Mapped[int] = mapped_column(Integer)
    kind: Mapped[EdgeKind] = mapped_column(text_enum(EdgeKind, "kind"))
    highway: Mapped[str] = mapped_column(Text)
    """OSM `highway` value, also the road class."""
    name: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'::jsonb"))
    walk_forward: Mapped[bool] = mapped_column(server_default=text("true"))
    walk_backward: Mapped[bool] = mapped_column(server_default=text("true"))
    access: Mapped[str | None] = mapped_column(Text)
    """Restriction for walkers other than a ban: private, customers, destination, permit."""
    layer: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    level: Mapped[str | None] = mapped_column(Text)
    bridge: Mapped[bool] = mapped_column(server_default=text("false"))
    tunnel: Mapped[bool] = mapped_column(server_default=text("false"))
    indoor: Mapped[bool] = mapped_column(server_default=text("false"))
    surface: Mapped[str | None] = mapped_column(Text)
    smoothness: Mapped[str | None] = mapped_column(Text)
    width_mm: Mapped[int | None] = mapped_column(Integer)
    incline_permille: Mapped[int | None] = mapped_column(SmallInteger)
    """Mapped maximum, signed along the edge."""
    climb: Mapped[int | None] = mapped_column(SmallInteger)
    """+1 up or -1 down along the edge where the map says only that."""
    dem_incline_permille: Mapped[int | None] = mapped_column(SmallInteger)
    """From the elevation model, smoothed over at least 60 m: a hint that closes nothing."""
    cross_slope_permille: Mapped[int | None] = mapped_column(SmallInteger)
    kerb_height_mm: Mapped[int | None] = mapped_column(SmallInteger)
    step_count: Mapped[int | None] = mapped_column(SmallInteger)
    handrail: Mapped[bool | None]
    ramp: Mapped[str | None] = mapped_column(Text)
    """On steps: wheelchair, stroller, bicycle, yes, no."""
    conveying: Mapped[str | None] = mapped_column(Text)
    crossing: Mapped[str | None] = mapped_column(Text)
    """traffic_signals, marked, uncontrolled, unmarked, no."""
    crossing_island: Mapped[bool | None]
    signal_sound: Mapped[bool | None]
    tactile_paving: Mapped[str | None] = mapped_column(Text)
    lit: Mapped[bool | None]
    sidewalk_left: Mapped[str | None] = mapped_column(Text)
    """yes, no or separate, along the edge; empty when not mapped."""
    sidewalk_right: Mapped[str | None] = mapped_column(Text)
    lanes: Mapped[int | None] = mapped_column(SmallInteger)
    wheelchair: Mapped[str | None] = mapped_column(Text)
    """OSM `wheelchair` on the way: yes, limited, no, designated."""


class OverrideTarget(StrEnum):
    """What an override speaks about."""

    EDGE = "edge"
    NODE = "node"
    LINK = "link"
    """A connection that the map does not have, as an overlay edge of its own."""


class OverrideState(StrEnum):
    """Whether an override is in force."""

    ACTIVE = "active"
    UNMATCHED = "unmatched"
    """No street fits it after an import; listed for a person, never dropped."""
    RETIRED = "retired"


class EdgeOverride(Base, Timestamps):
    """What an approved audit measured on the street, laid over the imported network."""

    __tablename__ = "edge_overrides"
    __table_args__ = (
        gist("edge_overrides"),
        Index("ix_edge_overrides_element_id", "element_id"),
        Index("ix_edge_overrides_edge_ids", "edge_ids", postgresql_using="gin"),
        Index(
            "ix_edge_overrides_links",
            "id",
            postgresql_where=text("state = 'active' AND target = 'link'"),
        ),
    )

    id: Mapped[UUID] = uuid_key()
    target: Mapped[OverrideTarget] = mapped_column(text_enum(OverrideTarget, "target"))
    state: Mapped[OverrideState] = mapped_column(text_enum(OverrideState, "state"))
    element_id: Mapped[UUID | None] = mapped_column(ForeignKey("elements.id"))
    geom: Mapped[Shape] = mapped_column(geometry("GEOMETRY"))
    osm_way_id: Mapped[int | None] = mapped_column(BigInteger)
    osm_node_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    edge_ids: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), server_default=text("'{}'::bigint[]")
    )
    """Edges of the network in force that it speaks about; written by the matcher."""
    node_id: Mapped[int | None] = mapped_column(BigInteger)
    attributes: Mapped[dict[str, Any]]
    """Names of `street_edges` columns to measured values."""
    observed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class BarrierKind(StrEnum):
    """What stands in the way."""

    LIFT_OUT_OF_ORDER = "lift_out_of_order"
    ICE = "ice"
    SNOW = "snow"
    DUG_UP = "dug_up"
    CONSTRUCTION = "construction"
    PARKED_VEHICLES = "parked_vehicles"
    FLOODED = "flooded"
    BROKEN_SURFACE = "broken_surface"
    BLOCKED = "blocked"
    OTHER = "other"


class BarrierState(StrEnum):
    """Life of a barrier. The clock never opens a way: `expired` means not known any more."""

    REPORTED = "reported"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    CLEARED = "cleared"
    REJECTED = "rejected"


class Barrier(Base, Timestamps):
    """A temporary obstacle on the street or at an element, with a point or a line."""

    __tablename__ = "barriers"
    __table_args__ = (
        gist("barriers"),
        Index("ix_barriers_edge_ids", "edge_ids", postgresql_using="gin"),
        Index("ix_barriers_state_expires_at", "state", "expires_at"),
    )

    id: Mapped[UUID] = uuid_key()
    kind: Mapped[BarrierKind] = mapped_column(text_enum(BarrierKind, "kind"))
    state: Mapped[BarrierState] = mapped_column(text_enum(BarrierState, "state"))
    geom: Mapped[Shape] = mapped_column(geometry("GEOMETRY"))
    osm_way_id: Mapped[int | None] = mapped_column(BigInteger)
    osm_node_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    edge_ids: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), server_default=text("'{}'::bigint[]")
    )
    element_id: Mapped[UUID | None] = mapped_column(ForeignKey("elements.id"))
    note: Mapped[str | None] = mapped_column(Text)
    """What everybody may read: written or passed by a reviewer."""
    reported_note: Mapped[str | None] = mapped_column(Text)
    """The reporter's own words; they may hold names and numbers, so they are not public."""
    content_digest: Mapped[str | None] = mapped_column(Text)
    """SHA-256 of the report's canonical JSON, hex: the same report sent again is known by it."""
    reported_by: Mapped[UUID | None]
    last_seen_at: Mapped[datetime | None]
    """When somebody last said that it is still there."""
    expires_at: Mapped[datetime | None]
    district_id: Mapped[UUID | None] = mapped_column(ForeignKey("districts.id"))


class MapFeature(Base):
    """Ground that is drawn but neither walked nor entered: water, parks, rails, aryks.

    Replaced by every import together with the streets.
    """

    __tablename__ = "map_features"
    __table_args__ = (
        gist("map_features"),
        Index("ix_map_features_first_zoom_geom", "first_zoom", "geom", postgresql_using="gist"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Text)
    """water, waterway, park, wood, grass, sand, pitch, railway, square; points carry a name:
    city, town, village, suburb, quarter, peak, and `_name` behind the kind of an area."""
    name: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'::jsonb"))
    first_zoom: Mapped[int] = mapped_column(SmallInteger, server_default="5")
    """From this zoom on it is large enough to be drawn."""
    geom: Mapped[Shape] = mapped_column(geometry("GEOMETRY"))


class MapRoad(Base):
    """A street or road as it is drawn in one range of zooms, also where nobody may walk.

    Merged by class and name, simplified for the deepest zoom of its range; replaced by every
    import together with the streets.
    """

    __tablename__ = "map_roads"
    __table_args__ = (Index("ix_map_roads_band_geom", "band", "geom", postgresql_using="gist"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    band: Mapped[int] = mapped_column(SmallInteger)
    """First zoom of its range: 5, 8, 10, 12 or 14."""
    road_class: Mapped[str] = mapped_column("class", Text)
    """motorway, primary, secondary, tertiary, minor, pedestrian, service, driveway, path,
    sidewalk, steps, crossing, lift."""
    layer: Mapped[int | None] = mapped_column(SmallInteger)
    """Level above (+) or below (-) the ground; empty on it."""
    bridge: Mapped[bool] = mapped_column(server_default=text("false"))
    tunnel: Mapped[bool] = mapped_column(server_default=text("false"))
    name: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'::jsonb"))
    geom: Mapped[Shape] = mapped_column(geometry("LINESTRING"))
