"""Index the links among the overrides.

Why: they are published with the streets, page by page, and most overrides are no links.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Find links without reading every measure of the city."""
    op.create_index(
        "ix_edge_overrides_links",
        "edge_overrides",
        ["id"],
        postgresql_where="state = 'active' AND target = 'link'",
    )


def downgrade() -> None:
    """Leave links among all others."""
    op.drop_index("ix_edge_overrides_links", table_name="edge_overrides")
