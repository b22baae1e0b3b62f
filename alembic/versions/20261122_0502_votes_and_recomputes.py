"""Keep every vote, also about a place itself; note recomputes and declared statuses."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Free votes from "one a person", and make room for the rest."""
    op.add_column("confirmations", sa.Column("place_id", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE confirmations AS c SET place_id = e.place_id"
        " FROM elements AS e WHERE e.id = c.element_id"
    )
    op.create_foreign_key(
        op.f("fk_confirmations_place_id_places"), "confirmations", "places", ["place_id"], ["id"]
    )
    op.alter_column("confirmations", "element_id", existing_type=sa.Uuid(), nullable=True)
    op.drop_constraint(
        op.f("uq_confirmations_element_id_field_account_id"), "confirmations", type_="unique"
    )
    op.create_check_constraint(
        op.f("ck_confirmations_has_subject"),
        "confirmations",
        "place_id IS NOT NULL OR element_id IS NOT NULL",
    )
    op.create_index("ix_confirmations_place_id", "confirmations", ["place_id"], unique=False)
    op.create_index(
        "ix_confirmations_element_id_field", "confirmations", ["element_id", "field"], unique=False
    )
    op.add_column(
        "places",
        sa.Column("declared_status", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
    op.create_table(
        "recomputes",
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("places_total", sa.Integer(), nullable=False),
        sa.Column("places_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("rules_version", name=op.f("pk_recomputes")),
    )


def downgrade() -> None:
    """Go back to one vote a person: the newest one about each part is kept."""
    op.drop_table("recomputes")
    op.drop_column("places", "declared_status")
    op.drop_index("ix_confirmations_element_id_field", table_name="confirmations")
    op.drop_index("ix_confirmations_place_id", table_name="confirmations")
    op.drop_constraint(op.f("ck_confirmations_has_subject"), "confirmations", type_="check")
    op.execute(
        "DELETE FROM confirmations AS c WHERE c.element_id IS NULL OR EXISTS ("
        " SELECT FROM confirmations AS o WHERE o.element_id = c.element_id"
        " AND o.field = c.field AND o.account_id = c.account_id"
        " AND (o.voted_at, o.id) > (c.voted_at, c.id))"
    )
    op.alter_column("confirmations", "element_id", existing_type=sa.Uuid(), nullable=False)
    op.create_unique_constraint(
        op.f("uq_confirmations_element_id_field_account_id"),
        "confirmations",
        ["element_id", "field", "account_id"],
    )
    op.drop_constraint(
        op.f("fk_confirmations_place_id_places"), "confirmations", type_="foreignkey"
    )
    op.drop_column("confirmations", "place_id")
