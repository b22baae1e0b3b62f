"""Keep streets as they are drawn, once per range of zooms, and say from where ground is drawn.

Why: a map of a whole city needs few long lines, not every stretch that somebody may walk, and
also the roads that nobody walks. Until the next import the roads follow from the stretches that
are there.
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_NAMED, _DETAILED = 12, 14
_BANDS = ((5, 7), (8, 9), (10, 11), (_NAMED, 13), (_DETAILED, 16))
_FIRST_ZOOMS = {
    "motorway": 5,
    "primary": 7,
    "secondary": 9,
    "tertiary": 11,
    "minor": 12,
    "pedestrian": 13,
    "service": 14,
    "path": 14,
    "steps": 14,
    "sidewalk": 16,
    "crossing": 16,
    "lift": 16,
}
_CLASS = """
CASE
  WHEN kind IN ('steps', 'escalator') THEN 'steps'
  WHEN kind IN ('crossing', 'lift', 'sidewalk') THEN kind
  WHEN kind NOT IN ('road', 'pedestrian') THEN 'path'
  WHEN highway IN ('motorway', 'motorway_link', 'trunk', 'trunk_link') THEN 'motorway'
  WHEN highway IN ('primary', 'primary_link') THEN 'primary'
  WHEN highway IN ('secondary', 'secondary_link') THEN 'secondary'
  WHEN highway IN ('tertiary', 'tertiary_link') THEN 'tertiary'
  WHEN highway IN ('unclassified', 'residential', 'living_street', 'road') THEN 'minor'
  WHEN kind = 'pedestrian' THEN 'pedestrian'
  ELSE 'service'
END
"""
_FILL = """
INSERT INTO map_roads (band, class, layer, bridge, tunnel, name, geom)
SELECT {band}, class, layer, bridge, tunnel, name, line.geom
FROM (
  SELECT class, layer, bridge, tunnel, name, ST_LineMerge(ST_Collect(geom ORDER BY id)) AS geom
  FROM (
    SELECT id, geom, {road_class} AS class,
           CASE WHEN {detailed} THEN nullif(layer, 0) END AS layer,
           {detailed} AND bridge AS bridge, {detailed} AND tunnel AS tunnel,
           CASE WHEN {named} THEN name ELSE '{{}}'::jsonb END AS name
    FROM street_edges
  ) AS edges
  WHERE class IN ({classes})
  GROUP BY class, layer, bridge, tunnel, name
) AS merged, LATERAL ST_Dump(ST_Simplify(merged.geom, {tolerance})) AS line
WHERE ST_Dimension(line.geom) = 1
"""


def upgrade() -> None:
    """Create the table, fill it from the stretches, and rate the ground."""
    op.create_geospatial_table(
        "map_roads",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("band", sa.SmallInteger(), nullable=False),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("layer", sa.SmallInteger(), nullable=True),
        sa.Column("bridge", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tunnel", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "name",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_map_roads")),
    )
    for first, last in _BANDS:
        classes = [name for name, zoom in _FIRST_ZOOMS.items() if zoom <= last]
        op.execute(
            _FILL.format(
                band=first,
                road_class=_CLASS,
                detailed="true" if first >= _DETAILED else "false",
                named="true" if first >= _NAMED else "false",
                classes=", ".join(f"'{name}'" for name in classes),
                tolerance=360.0 / (512 << last) * (0.25 if first >= _DETAILED else 0.7),
            )
        )
    op.create_index(
        "ix_map_roads_band_geom", "map_roads", ["band", "geom"], postgresql_using="gist"
    )
    op.add_column(
        "map_features",
        sa.Column("first_zoom", sa.SmallInteger(), server_default="5", nullable=False),
    )
    op.execute(
        "UPDATE map_features SET first_zoom = CASE ST_Dimension(geom) WHEN 2 THEN"
        " least(greatest(ceil(0.5 * ln(2.966 / greatest(ST_Area(geom), 1e-14)) / ln(2)), 5), 16)"
        " ELSE 10 END"
    )
    op.create_index(
        "ix_map_features_first_zoom_geom",
        "map_features",
        ["first_zoom", "geom"],
        postgresql_using="gist",
    )


def downgrade() -> None:
    """Drop what was drawn; stretches and ground stay."""
    op.drop_index("ix_map_features_first_zoom_geom", table_name="map_features")
    op.drop_column("map_features", "first_zoom")
    op.drop_index("ix_map_roads_band_geom", table_name="map_roads")
    op.drop_geospatial_table("map_roads")
