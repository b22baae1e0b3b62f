"""Places, streets, districts and the change log.

Why: everything the city knows about space. A downgrade drops it all.
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


class XactId(sa.types.UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Name the type in DDL."""
        return "xid8"


def upgrade() -> None:
    """Create the extensions and the tables."""
    for extension in ("postgis", "pg_trgm", "btree_gist"):
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")

    op.create_geospatial_table(
        "changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("xid", XactId(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "network",
                "edge_override",
                "barrier",
                "place",
                "places",
                "audit",
                "photo",
                "account",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column(
            "area",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "data",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index("ix_changes_account_id_xid", "changes", ["account_id", "xid"], unique=False)
    op.create_geospatial_index(
        "ix_changes_area",
        "changes",
        ["area"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index("ix_changes_xid_id", "changes", ["xid", "id"], unique=False)
    op.create_geospatial_table(
        "districts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "jsonb_typeof(name) = 'object'", name=op.f("ck_districts_name_is_object")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_districts")),
    )
    op.create_geospatial_index(
        "ix_districts_geom",
        "districts",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index("uq_districts_source_key", "districts", ["source_key"], unique=True)
    op.create_geospatial_table(
        "map_features",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "name",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_map_features")),
    )
    op.create_geospatial_index(
        "ix_map_features_geom",
        "map_features",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "network_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("source_sha256", sa.Text(), nullable=False),
        sa.Column("source_timestamp", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "bounds",
            Geometry(
                geometry_type="POLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "imported_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_imports")),
    )
    op.create_geospatial_table(
        "street_nodes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("osm_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("kerb", sa.Text(), nullable=True),
        sa.Column("kerb_height_mm", sa.SmallInteger(), nullable=True),
        sa.Column("crossing", sa.Text(), nullable=True),
        sa.Column("signal_sound", sa.Boolean(), nullable=True),
        sa.Column("tactile_paving", sa.Text(), nullable=True),
        sa.Column("obstacle", sa.Text(), nullable=True),
        sa.Column("obstacle_width_mm", sa.Integer(), nullable=True),
        sa.Column("locked", sa.Boolean(), nullable=True),
        sa.Column("lift", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("elevation_m", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_street_nodes")),
    )
    op.create_geospatial_index(
        "ix_street_nodes_geom",
        "street_nodes",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index("ix_street_nodes_osm_id", "street_nodes", ["osm_id"], unique=False)
    op.create_geospatial_table(
        "places",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "building",
                "organisation",
                "stop",
                "crossing_structure",
                "outdoor",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "active",
                "gone",
                "merged",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=True),
        sa.Column(
            "name",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column(
            "sector",
            sa.Enum(
                "education",
                "health",
                "culture",
                "sport",
                "social",
                "trade_services",
                "state_body",
                "transport",
                "residential",
                "other",
                name="sector",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "ownership",
            sa.Enum(
                "state",
                "private",
                "residential",
                "stop",
                name="ownership",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "address",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("opening_hours", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("permit_date", sa.Date(), nullable=True),
        sa.Column("osm_type", sa.Text(), nullable=True),
        sa.Column("osm_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "external_ids",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "field_sources",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "osm_tags",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "point",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "footprint",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "entry_words",
            sa.ARRAY(sa.SmallInteger()),
            server_default=sa.text("'{0,0,0,0,0,0}'::smallint[]"),
            nullable=False,
        ),
        sa.Column(
            "service_words",
            sa.ARRAY(sa.SmallInteger()),
            server_default=sa.text("'{0,0,0,0,0,0}'::smallint[]"),
            nullable=False,
        ),
        sa.Column("coverage_percent", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column(
            "badges", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'merged') = (merged_into_id IS NOT NULL)",
            name=op.f("ck_places_merged_has_target"),
        ),
        sa.CheckConstraint("jsonb_typeof(name) = 'object'", name=op.f("ck_places_name_is_object")),
        sa.CheckConstraint(
            "osm_type IN ('node', 'way', 'relation')", name=op.f("ck_places_osm_type_known")
        ),
        sa.CheckConstraint(
            "(osm_type IS NULL) = (osm_id IS NULL)", name=op.f("ck_places_osm_key_whole")
        ),
        sa.CheckConstraint(
            "cardinality(entry_words) = 6", name=op.f("ck_places_entry_word_per_profile")
        ),
        sa.CheckConstraint(
            "cardinality(service_words) = 6", name=op.f("ck_places_service_word_per_profile")
        ),
        sa.CheckConstraint(
            "parent_id IS DISTINCT FROM id", name=op.f("ck_places_parent_is_another")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_places_district_id_districts")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["places.id"], name=op.f("fk_places_merged_into_id_places")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["places.id"], name=op.f("fk_places_parent_id_places")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
    )
    op.create_index("ix_places_category", "places", ["category"], unique=False)
    op.create_index("ix_places_district_id_state", "places", ["district_id", "state"], unique=False)
    op.create_index(
        "ix_places_geography",
        "places",
        [sa.literal_column("(point::geography)")],
        unique=False,
        postgresql_using="gist",
    )
    op.create_geospatial_index(
        "ix_places_footprint",
        "places",
        ["footprint"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index("ix_places_parent_id", "places", ["parent_id"], unique=False)
    op.create_geospatial_index(
        "ix_places_point",
        "places",
        ["point"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(op.f("ix_places_state"), "places", ["state"], unique=False)
    op.create_index(
        "uq_places_osm",
        "places",
        ["osm_type", "osm_id"],
        unique=True,
        postgresql_where=sa.text("osm_id IS NOT NULL"),
    )
    op.create_geospatial_table(
        "street_edges",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("from_node_id", sa.BigInteger(), nullable=False),
        sa.Column("to_node_id", sa.BigInteger(), nullable=False),
        sa.Column("osm_way_id", sa.BigInteger(), nullable=False),
        sa.Column("osm_node_ids", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="LINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("length_mm", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "footway",
                "sidewalk",
                "crossing",
                "pedestrian",
                "path",
                "steps",
                "lift",
                "escalator",
                "road",
                "corridor",
                "platform",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("highway", sa.Text(), nullable=False),
        sa.Column(
            "name",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("walk_forward", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("walk_backward", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("access", sa.Text(), nullable=True),
        sa.Column("layer", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("bridge", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tunnel", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("indoor", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("surface", sa.Text(), nullable=True),
        sa.Column("smoothness", sa.Text(), nullable=True),
        sa.Column("width_mm", sa.Integer(), nullable=True),
        sa.Column("incline_permille", sa.SmallInteger(), nullable=True),
        sa.Column("climb", sa.SmallInteger(), nullable=True),
        sa.Column("dem_incline_permille", sa.SmallInteger(), nullable=True),
        sa.Column("cross_slope_permille", sa.SmallInteger(), nullable=True),
        sa.Column("kerb_height_mm", sa.SmallInteger(), nullable=True),
        sa.Column("step_count", sa.SmallInteger(), nullable=True),
        sa.Column("handrail", sa.Boolean(), nullable=True),
        sa.Column("ramp", sa.Text(), nullable=True),
        sa.Column("conveying", sa.Text(), nullable=True),
        sa.Column("crossing", sa.Text(), nullable=True),
        sa.Column("crossing_island", sa.Boolean(), nullable=True),
        sa.Column("signal_sound", sa.Boolean(), nullable=True),
        sa.Column("tactile_paving", sa.Text(), nullable=True),
        sa.Column("lit", sa.Boolean(), nullable=True),
        sa.Column("sidewalk_left", sa.Text(), nullable=True),
        sa.Column("sidewalk_right", sa.Text(), nullable=True),
        sa.Column("lanes", sa.SmallInteger(), nullable=True),
        sa.Column("wheelchair", sa.Text(), nullable=True),
        sa.CheckConstraint("length_mm > 0", name=op.f("ck_street_edges_length_positive")),
        sa.CheckConstraint("walk_forward OR walk_backward", name=op.f("ck_street_edges_walkable")),
        sa.ForeignKeyConstraint(
            ["from_node_id"],
            ["street_nodes.id"],
            name=op.f("fk_street_edges_from_node_id_street_nodes"),
        ),
        sa.ForeignKeyConstraint(
            ["to_node_id"],
            ["street_nodes.id"],
            name=op.f("fk_street_edges_to_node_id_street_nodes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_street_edges")),
    )
    op.create_index("ix_street_edges_from_node_id", "street_edges", ["from_node_id"], unique=False)
    op.create_geospatial_index(
        "ix_street_edges_geom",
        "street_edges",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index("ix_street_edges_osm_way_id", "street_edges", ["osm_way_id"], unique=False)
    op.create_index("ix_street_edges_to_node_id", "street_edges", ["to_node_id"], unique=False)
    op.create_geospatial_table(
        "elements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "entrance",
                "stairs",
                "ramp",
                "door",
                "lift",
                "platform_lift",
                "path",
                "parking",
                "desk",
                "toilet",
                "stop",
                "room",
                "kerb",
                "crossing",
                "pavement",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "active",
                "gone",
                "merged",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "name",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("position_source", sa.Text(), server_default="osm", nullable=False),
        sa.Column("osm_node_id", sa.BigInteger(), nullable=True),
        sa.Column("osm_way_id", sa.BigInteger(), nullable=True),
        sa.Column("osm_node_ids", sa.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column(
            "osm_tags",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('kerb', 'crossing', 'pavement') OR place_id IS NOT NULL",
            name=op.f("ck_elements_has_place"),
        ),
        sa.CheckConstraint(
            "parent_id IS DISTINCT FROM id", name=op.f("ck_elements_parent_is_another")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["elements.id"], name=op.f("fk_elements_parent_id_elements")
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["places.id"], name=op.f("fk_elements_place_id_places")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_elements")),
    )
    op.create_geospatial_index(
        "ix_elements_geom",
        "elements",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index("ix_elements_parent_id", "elements", ["parent_id"], unique=False)
    op.create_index("ix_elements_place_id", "elements", ["place_id"], unique=False)
    op.create_index(
        "uq_elements_osm_node",
        "elements",
        ["place_id", "osm_node_id"],
        unique=True,
        postgresql_where=sa.text("osm_node_id IS NOT NULL AND kind = 'entrance'"),
    )
    op.create_geospatial_table(
        "barriers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "lift_out_of_order",
                "ice",
                "snow",
                "dug_up",
                "construction",
                "parked_vehicles",
                "flooded",
                "broken_surface",
                "blocked",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "reported",
                "confirmed",
                "expired",
                "cleared",
                "rejected",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("osm_way_id", sa.BigInteger(), nullable=True),
        sa.Column("osm_node_ids", sa.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column(
            "edge_ids",
            sa.ARRAY(sa.BigInteger()),
            server_default=sa.text("'{}'::bigint[]"),
            nullable=False,
        ),
        sa.Column("element_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reported_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_barriers_district_id_districts")
        ),
        sa.ForeignKeyConstraint(
            ["element_id"], ["elements.id"], name=op.f("fk_barriers_element_id_elements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_barriers")),
    )
    op.create_index(
        "ix_barriers_edge_ids", "barriers", ["edge_ids"], unique=False, postgresql_using="gin"
    )
    op.create_geospatial_index(
        "ix_barriers_geom",
        "barriers",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        "ix_barriers_state_expires_at", "barriers", ["state", "expires_at"], unique=False
    )
    op.create_geospatial_table(
        "edge_overrides",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "target",
            sa.Enum(
                "edge",
                "node",
                "link",
                name="target",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "unmatched",
                "retired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("element_id", sa.Uuid(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("osm_way_id", sa.BigInteger(), nullable=True),
        sa.Column("osm_node_ids", sa.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column(
            "edge_ids",
            sa.ARRAY(sa.BigInteger()),
            server_default=sa.text("'{}'::bigint[]"),
            nullable=False,
        ),
        sa.Column("node_id", sa.BigInteger(), nullable=True),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["element_id"], ["elements.id"], name=op.f("fk_edge_overrides_element_id_elements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edge_overrides")),
    )
    op.create_index(
        "ix_edge_overrides_edge_ids",
        "edge_overrides",
        ["edge_ids"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index("ix_edge_overrides_element_id", "edge_overrides", ["element_id"], unique=False)
    op.create_geospatial_index(
        "ix_edge_overrides_geom",
        "edge_overrides",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )


def downgrade() -> None:
    """Drop the tables; extensions stay, others may use them."""
    op.drop_geospatial_index(
        "ix_edge_overrides_geom",
        table_name="edge_overrides",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_index("ix_edge_overrides_element_id", table_name="edge_overrides")
    op.drop_index("ix_edge_overrides_edge_ids", table_name="edge_overrides", postgresql_using="gin")
    op.drop_geospatial_table("edge_overrides")
    op.drop_index("ix_barriers_state_expires_at", table_name="barriers")
    op.drop_geospatial_index(
        "ix_barriers_geom", table_name="barriers", postgresql_using="gist", column_name="geom"
    )
    op.drop_index("ix_barriers_edge_ids", table_name="barriers", postgresql_using="gin")
    op.drop_geospatial_table("barriers")
    op.drop_index(
        "uq_elements_osm_node",
        table_name="elements",
        postgresql_where=sa.text("osm_node_id IS NOT NULL AND kind = 'entrance'"),
    )
    op.drop_index("ix_elements_place_id", table_name="elements")
    op.drop_index("ix_elements_parent_id", table_name="elements")
    op.drop_geospatial_index(
        "ix_elements_geom", table_name="elements", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("elements")
    op.drop_index("ix_street_edges_to_node_id", table_name="street_edges")
    op.drop_index("ix_street_edges_osm_way_id", table_name="street_edges")
    op.drop_geospatial_index(
        "ix_street_edges_geom",
        table_name="street_edges",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_index("ix_street_edges_from_node_id", table_name="street_edges")
    op.drop_geospatial_table("street_edges")
    op.drop_index(
        "uq_places_osm", table_name="places", postgresql_where=sa.text("osm_id IS NOT NULL")
    )
    op.drop_index(op.f("ix_places_state"), table_name="places")
    op.drop_geospatial_index(
        "ix_places_point", table_name="places", postgresql_using="gist", column_name="point"
    )
    op.drop_index("ix_places_parent_id", table_name="places")
    op.drop_index("ix_places_geography", table_name="places", postgresql_using="gist")
    op.drop_geospatial_index(
        "ix_places_footprint", table_name="places", postgresql_using="gist", column_name="footprint"
    )
    op.drop_index("ix_places_district_id_state", table_name="places")
    op.drop_index("ix_places_category", table_name="places")
    op.drop_geospatial_table("places")
    op.drop_index("ix_street_nodes_osm_id", table_name="street_nodes")
    op.drop_geospatial_index(
        "ix_street_nodes_geom",
        table_name="street_nodes",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("street_nodes")
    op.drop_geospatial_table("network_imports")
    op.drop_geospatial_index(
        "ix_map_features_geom",
        table_name="map_features",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("map_features")
    op.drop_index("uq_districts_source_key", table_name="districts")
    op.drop_geospatial_index(
        "ix_districts_geom", table_name="districts", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("districts")
    op.drop_index("ix_changes_xid_id", table_name="changes")
    op.drop_geospatial_index(
        "ix_changes_area", table_name="changes", postgresql_using="gist", column_name="area"
    )
    op.drop_index("ix_changes_account_id_xid", table_name="changes")
    op.drop_geospatial_table("changes")
