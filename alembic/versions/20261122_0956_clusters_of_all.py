"""Count the places of all categories together, too.

Why: a map without a filter added up a row for each category in each cell, thousands in the
middle of a big city. Rows of the category '' hold all places of their cell; the key puts those
of a tile side by side. Everything is counted anew, through the queue.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# The same positions as the trigger of the pyramid notes.
_RECOUNT = """
INSERT INTO place_cluster_deltas (x, y, n, category, words)
SELECT floor(u), floor(v), n, category, entry_words
FROM (
  SELECT (ST_X(point) + 180.0) / 360.0 * 33554432 AS u,
         (0.5 - asinh(tan(radians(ST_Y(point)))) / (2 * pi())) * 33554432 AS v,
         category, entry_words, count(*) AS n
  FROM places
  WHERE state = 'active'
    AND (kind <> 'building' OR name <> '{}'::jsonb
         OR entry_words <> '{0,0,0,0,0,0}'::smallint[])
  GROUP BY 1, 2, 3, 4
) AS placed
WHERE u >= 0 AND u < 33554432 AND v >= 0 AND v < 33554432
ORDER BY 1, 2
"""


def _rekey(columns: str) -> None:
    # Nobody may write between emptying the queue and filling it again.
    op.execute("LOCK TABLE places IN SHARE ROW EXCLUSIVE MODE")
    op.execute("TRUNCATE place_clusters, place_cluster_deltas")
    op.execute("ALTER TABLE place_clusters DROP CONSTRAINT pk_place_clusters")
    op.execute(
        f"ALTER TABLE place_clusters ADD CONSTRAINT pk_place_clusters PRIMARY KEY ({columns})"
    )
    op.execute(_RECOUNT)


def upgrade() -> None:
    """Let the key name the category before the cell."""
    _rekey("zoom, x, y, category, cell")


def downgrade() -> None:
    """Let the key name the cell before the category, and keep categories apart."""
    _rekey("zoom, x, y, cell, category")
