"""Drop the index of unfolded texts.

Why: addresses are now found through the folded words, and every index costs each approval.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the folded words only."""
    op.drop_index("ix_places_text", table_name="places")


def downgrade() -> None:
    """Index groups of three letters of all names and the address together."""
    op.execute(
        "CREATE INDEX ix_places_text ON places"
        " USING gin (lower(name::text || address::text) gin_trgm_ops)"
    )
