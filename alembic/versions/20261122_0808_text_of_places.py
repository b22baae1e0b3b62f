"""Find places by part of a name or address by index.

Why: whoever types an address waits for it; comparing every place takes as long as the city is big.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index groups of three letters of all names and the address together."""
    op.execute(
        "CREATE INDEX ix_places_text ON places"
        " USING gin (lower(name::text || address::text) gin_trgm_ops)"
    )


def downgrade() -> None:
    """Compare every place again."""
    op.drop_index("ix_places_text", table_name="places")
