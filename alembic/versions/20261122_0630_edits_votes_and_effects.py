"""Edits of audits keep remarks, decisions say what they changed, barriers take votes.

Why: a remark about an answer must outlive the answer it asked to replace; an author reads what
the audit changed; the words of a report stay private until a reviewer has seen them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_OBSERVATION_KEY = "fk_decisions_observation_id_observations"


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("audits", sa.Column("withdrawn_at", _TIME, nullable=True))
    op.add_column("audits", sa.Column("erased_at", _TIME, nullable=True))
    op.create_index("ix_audits_supersedes_id", "audits", ["supersedes_id"], unique=False)
    op.create_index("ix_audits_state_received_at", "audits", ["state", "received_at"], unique=False)
    op.add_column("decisions", sa.Column("element_id", sa.Uuid(), nullable=True))
    op.add_column("decisions", sa.Column("field", sa.Text(), nullable=True))
    op.add_column(
        "decisions",
        sa.Column("effects", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
    op.execute(
        "UPDATE decisions AS d SET element_id = o.element_id, field = o.field"
        " FROM observations AS o WHERE o.id = d.observation_id"
    )
    op.drop_constraint(_OBSERVATION_KEY, "decisions", type_="foreignkey")
    op.create_foreign_key(
        _OBSERVATION_KEY,
        "decisions",
        "observations",
        ["observation_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.add_column("barriers", sa.Column("reported_note", sa.Text(), nullable=True))
    op.add_column("barriers", sa.Column("content_digest", sa.Text(), nullable=True))
    op.add_column("barriers", sa.Column("last_seen_at", _TIME, nullable=True))
    # What was written before anybody looked at it becomes private as well.
    op.execute(
        "UPDATE barriers SET reported_note = note,"
        " note = CASE WHEN state = 'confirmed' THEN note END"
    )
    op.create_table(
        "barrier_votes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("barrier_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("vote", sa.Text(), nullable=False),
        sa.Column("voted_at", _TIME, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(
            "vote IN ('still_there', 'gone')", name=op.f("ck_barrier_votes_vote_known")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_barrier_votes_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["barrier_id"], ["barriers.id"], name=op.f("fk_barrier_votes_barrier_id_barriers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_barrier_votes")),
    )
    op.create_index("ix_barrier_votes_barrier_id", "barrier_votes", ["barrier_id"], unique=False)
    op.create_index("ix_barrier_votes_account_id", "barrier_votes", ["account_id"], unique=False)


def downgrade() -> None:
    """Drop them; the words of reports become their notes again."""
    op.drop_table("barrier_votes")
    op.execute("UPDATE barriers SET note = COALESCE(note, reported_note)")
    for name in ("last_seen_at", "content_digest", "reported_note"):
        op.drop_column("barriers", name)
    op.drop_constraint(_OBSERVATION_KEY, "decisions", type_="foreignkey")
    op.execute("DELETE FROM decisions WHERE field IS NOT NULL AND observation_id IS NULL")
    op.create_foreign_key(
        _OBSERVATION_KEY,
        "decisions",
        "observations",
        ["observation_id"],
        ["id"],
        ondelete="CASCADE",
    )
    for name in ("effects", "field", "element_id"):
        op.drop_column("decisions", name)
    op.drop_index("ix_audits_state_received_at", table_name="audits")
    op.drop_index("ix_audits_supersedes_id", table_name="audits")
    op.drop_column("audits", "erased_at")
    op.drop_column("audits", "withdrawn_at")
