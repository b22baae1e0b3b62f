"""Tables of the cluster pyramid: folded counts per cell, and changes that wait to be folded.

Triggers on `places` write `place_cluster_deltas` and nobody else does; `geo.tiles.clusters` moves
them into `place_clusters`. Invariant, in every snapshot: both tables together count every listed
active place of the web-mercator world once per zoom.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)

from geo.db.base import Base
from geo.mobility.profiles import PROFILES
from geo.tiles.layers import WORDS

COUNT_NAMES: tuple[str, ...] = tuple(f"{profile}_{word}" for profile in PROFILES for word in WORDS)
"""One count per profile and word of the entry; columns of `place_clusters`, fields of a cell."""


class PlaceCluster(Base):
    """What was folded of one category, or of all, in one cell of 64 px.

    The key begins with the address of the tile, so that the rows of a tile lie side by side.
    """

    __table__ = Table(
        "place_clusters",
        Base.metadata,
        # Distances of places from the corner of their cell in 512ths, added up.
        Column("sum_x", BigInteger, nullable=False),
        Column("sum_y", BigInteger, nullable=False),
        Column("x", Integer, nullable=False),
        Column("y", Integer, nullable=False),
        Column("total", Integer, nullable=False),
        # Empty for zero: most cells near the ground hold one place, and empty counts cost nothing.
        *(Column(name, Integer) for name in COUNT_NAMES),
        Column("zoom", SmallInteger, nullable=False),
        # Column of the cell in its tile times eight plus its row.
        Column("cell", SmallInteger, nullable=False),
        # Empty for all places of the cell, whatever they are.
        Column("category", Text, nullable=False),
        PrimaryKeyConstraint("zoom", "x", "y", "category", "cell"),
    )


class PlaceClusterDelta(Base):
    """Places that came to a spot (n > 0) or left it (n < 0). Rows are inserted and deleted only."""

    __table__ = Table(
        "place_cluster_deltas",
        Base.metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        # Position in 2^25ths of the world: 512ths of a cell of zoom 13.
        Column("x", Integer, nullable=False),
        Column("y", Integer, nullable=False),
        Column("n", Integer, nullable=False),
        Column("category", Text, nullable=False),
        Column("words", ARRAY(SmallInteger), nullable=False),
        Index("ix_place_cluster_deltas_x_y", "x", "y"),
    )
