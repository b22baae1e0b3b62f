"""Count places per map cell before anybody asks.

Why: a map of the whole city or country would read every place for each of its tiles. Triggers
note what each statement changed as signed rows of a queue: they take no lock that another
writer waits for, so two approvals in the same cell go on side by side. The worker folds the
queue into the counts; the places that are there now go through the same queue.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_PROFILES = (
    "manual_wheelchair",
    "powered_wheelchair",
    "limited_walking",
    "pushchair",
    "low_vision",
    "deaf",
)
_WORDS = ("unknown", "no", "with_help", "yes")

_LISTED = """
state = 'active'
AND (kind <> 'building' OR name <> '{}'::jsonb OR entry_words <> '{0,0,0,0,0,0}'::smallint[])
"""

# What cancels out is dropped before its place on the map is worked out. The plan is kept by the
# session, whatever the size of the next statement, so it must do without joins.
_NOTE = """
INSERT INTO place_cluster_deltas (x, y, n, category, words)
SELECT floor(u), floor(v), n, category, entry_words
FROM (
  SELECT (lon + 180.0) / 360.0 * 33554432 AS u,
         (0.5 - asinh(tan(radians(lat))) / (2 * pi())) * 33554432 AS v,
         category, entry_words, n
  FROM (
    SELECT ST_X(point) AS lon, ST_Y(point) AS lat, category, entry_words, sum(n) AS n
    FROM ({changed}) AS changed
    WHERE {listed}
    GROUP BY 1, 2, 3, 4
    HAVING sum(n) <> 0
  ) AS spots
) AS placed
WHERE u >= 0 AND u < 33554432 AND v >= 0 AND v < 33554432
ORDER BY 1, 2
"""
_ROWS = "SELECT state, kind, name, entry_words, category, point, {n} AS n FROM {table}"
_ADDED = _ROWS.format(n=1, table="added")
_REMOVED = _ROWS.format(n=-1, table="removed")


def _note(*changed: str) -> str:
    return _NOTE.format(changed=" UNION ALL ".join(changed), listed=_LISTED)


_FUNCTION = f"""
CREATE FUNCTION place_clusters_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    {_note(_ADDED)};
  ELSIF TG_OP = 'UPDATE' THEN
    {_note(_ADDED, _REMOVED)};
  ELSIF TG_OP = 'DELETE' THEN
    {_note(_REMOVED)};
  ELSE
    -- Whoever truncates has the table of places alone, and nobody who folds waits for it.
    TRUNCATE place_clusters, place_cluster_deltas;
  END IF;
  RETURN NULL;
END $$
"""

_TRIGGERS = {
    "INSERT": "REFERENCING NEW TABLE AS added",
    "UPDATE": "REFERENCING NEW TABLE AS added OLD TABLE AS removed",
    "DELETE": "REFERENCING OLD TABLE AS removed",
    "TRUNCATE": "",
}


def upgrade() -> None:
    """Create the counts and their queue, follow `places`, and queue what is there."""
    op.create_table(
        "place_clusters",
        sa.Column("sum_x", sa.BigInteger(), nullable=False),
        sa.Column("sum_y", sa.BigInteger(), nullable=False),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.Column("y", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        *(
            sa.Column(f"{profile}_{word}", sa.Integer(), nullable=True)
            for profile in _PROFILES
            for word in _WORDS
        ),
        sa.Column("zoom", sa.SmallInteger(), nullable=False),
        sa.Column("cell", sa.SmallInteger(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "zoom", "x", "y", "cell", "category", name=op.f("pk_place_clusters")
        ),
    )
    op.create_table(
        "place_cluster_deltas",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.Column("y", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_cluster_deltas")),
    )
    op.create_index("ix_place_cluster_deltas_x_y", "place_cluster_deltas", ["x", "y"])
    # Counts near the root change often and should find room on their page; the queue is emptied
    # all day and must not grow by what has left it.
    op.execute("ALTER TABLE place_clusters SET (fillfactor = 90)")
    op.execute(
        "ALTER TABLE place_cluster_deltas SET"
        " (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)"
    )
    op.execute(_FUNCTION)
    for event, tables in _TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER place_clusters_{event.lower()} AFTER {event} ON places {tables}"
            " FOR EACH STATEMENT EXECUTE FUNCTION place_clusters_note()"
        )
    op.execute(_note(_ROWS.format(n=1, table="places")))


def downgrade() -> None:
    """Count on the fly again."""
    for event in _TRIGGERS:
        op.execute(f"DROP TRIGGER place_clusters_{event.lower()} ON places")
    op.execute("DROP FUNCTION place_clusters_note()")
    op.drop_table("place_cluster_deltas")
    op.drop_table("place_clusters")
