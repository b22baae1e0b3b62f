"""Find the neighbouring visits of an author by index.

Why: every audit is compared with its author's visits before and after it, however many there are.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the index of authors know the time, too."""
    op.create_index(
        "ix_audits_author_id_finished_at", "audits", ["author_id", "finished_at"], unique=False
    )
    op.drop_index("ix_audits_author_id", table_name="audits")


def downgrade() -> None:
    """Go back to authors alone."""
    op.create_index("ix_audits_author_id", "audits", ["author_id"], unique=False)
    op.drop_index("ix_audits_author_id_finished_at", table_name="audits")
