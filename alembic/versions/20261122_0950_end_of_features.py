"""Know when the facts of a place go out of date.

Why: a lift that was seen working a month ago is not known to work; a sweep finds such places.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the first of the moments, and find what is due by index."""
    op.add_column("places", sa.Column("features_until", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_places_features_until", "places", ["features_until"],
        postgresql_where=sa.text("features_until IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    """Let facts stay until somebody looks again."""
    op.drop_index("ix_places_features_until", table_name="places")
    op.drop_column("places", "features_until")
