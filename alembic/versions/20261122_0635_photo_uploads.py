"""Photos of barriers, receipts, previews, faces, and uploads that go on where they stopped.

Why: bytes are addressed by their offset, so that a chunk may have any length; a photo has one
upload; a photo stays private until a detector has looked for faces.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add columns and indexes; number the bytes of chunks instead of the chunks."""
    op.add_column("photos", sa.Column("barrier_id", sa.Uuid(), nullable=True))
    op.add_column("photos", sa.Column("thumb_hash", sa.Text(), nullable=True))
    op.add_column("photos", sa.Column("faces_checked_by", sa.Text(), nullable=True))
    op.add_column("photos", sa.Column("face_count", sa.Integer(), nullable=True))
    op.add_column("photos", sa.Column("received_at", _TIME, nullable=True))
    op.execute("UPDATE photos SET received_at = updated_at WHERE state <> 'expected'")
    op.alter_column("photos", "audit_id", existing_type=sa.Uuid(), nullable=True)
    op.create_foreign_key(
        op.f("fk_photos_barrier_id_barriers"), "photos", "barriers", ["barrier_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_photos_has_one_owner"), "photos", "num_nonnulls(audit_id, barrier_id) = 1"
    )
    op.create_index("ix_photos_barrier_id", "photos", ["barrier_id"], unique=False)
    op.create_index("uq_photos_public_id", "photos", ["public_id"], unique=True)
    op.create_index(
        "ix_photos_unfinished",
        "photos",
        ["updated_at"],
        unique=False,
        postgresql_where=sa.text(
            "state = 'received' OR (state = 'ready' AND faces_checked_by IS NULL)"
        ),
    )
    op.create_index(
        "ix_photos_originals",
        "photos",
        ["id"],
        unique=False,
        postgresql_where=sa.text("original_key IS NOT NULL"),
    )
    op.add_column("uploads", sa.Column("unstaged_at", _TIME, nullable=True))
    op.execute(
        "DELETE FROM uploads AS u USING uploads AS n WHERE n.photo_id = u.photo_id AND n.id < u.id"
    )
    op.drop_index("ix_uploads_photo_id", table_name="uploads")
    op.create_index("uq_uploads_photo_id", "uploads", ["photo_id"], unique=True)
    op.create_index(
        "ix_uploads_staged",
        "uploads",
        ["id"],
        unique=False,
        postgresql_where=sa.text("unstaged_at IS NULL"),
    )
    op.alter_column("upload_chunks", "sequence", new_column_name="start_byte", type_=sa.Integer())
    # Parts of equal length are all that was ever staged.
    op.execute("UPDATE upload_chunks SET start_byte = start_byte * 131072")


def downgrade() -> None:
    """Go back to numbered chunks; photos of barriers and half-sent bytes are given up."""
    op.execute("DELETE FROM uploads WHERE completed_at IS NULL")
    op.execute(
        "UPDATE upload_chunks AS c SET start_byte = -1 - n.place FROM ("
        " SELECT upload_id, start_byte, row_number() OVER ("
        "  PARTITION BY upload_id ORDER BY start_byte) - 1 AS place FROM upload_chunks) AS n"
        " WHERE n.upload_id = c.upload_id AND n.start_byte = c.start_byte"
    )
    op.execute("UPDATE upload_chunks SET start_byte = -1 - start_byte")
    op.alter_column(
        "upload_chunks", "start_byte", new_column_name="sequence", type_=sa.SmallInteger()
    )
    op.drop_index("ix_uploads_staged", table_name="uploads")
    op.drop_index("uq_uploads_photo_id", table_name="uploads")
    op.create_index("ix_uploads_photo_id", "uploads", ["photo_id"], unique=False)
    op.drop_column("uploads", "unstaged_at")
    op.drop_index("ix_photos_originals", table_name="photos")
    op.drop_index("ix_photos_unfinished", table_name="photos")
    op.drop_index("uq_photos_public_id", table_name="photos")
    op.drop_index("ix_photos_barrier_id", table_name="photos")
    op.drop_constraint(op.f("ck_photos_has_one_owner"), "photos", type_="check")
    op.drop_constraint(op.f("fk_photos_barrier_id_barriers"), "photos", type_="foreignkey")
    op.execute("DELETE FROM photos WHERE audit_id IS NULL")
    op.alter_column("photos", "audit_id", existing_type=sa.Uuid(), nullable=False)
    for name in ("received_at", "face_count", "faces_checked_by", "thumb_hash", "barrier_id"):
        op.drop_column("photos", name)
