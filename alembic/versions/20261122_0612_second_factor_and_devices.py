"""Second factor, device challenges, bans, merges and sessions of devices.

Why: volunteers sign in with a key or a code, staff with two factors, and a person can be
forgotten while what they measured stays. Old one-time codes are dropped: nothing made any.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_ACCOUNT_COLUMNS = {
    "totp_confirmed_at": _TIME,
    "totp_last_step": sa.BigInteger(),
    "sessions_valid_from": _TIME,
    "banned_at": _TIME,
    "ban_reason": sa.Text(),
    "deleted_at": _TIME,
    "merged_into_id": sa.Uuid(),
}


def upgrade() -> None:
    """Add the columns and tables."""
    for name, kind in _ACCOUNT_COLUMNS.items():
        op.add_column("accounts", sa.Column(name, kind, nullable=True))
    op.create_foreign_key(
        op.f("fk_accounts_merged_into_id_accounts"),
        "accounts",
        "accounts",
        ["merged_into_id"],
        ["id"],
    )
    op.add_column("refresh_tokens", sa.Column("device_id", sa.Uuid(), nullable=True))
    op.add_column("refresh_tokens", sa.Column("successor_salt", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_refresh_tokens_device_id_devices"),
        "refresh_tokens",
        "devices",
        ["device_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.execute("DELETE FROM one_time_codes")
    op.add_column(
        "one_time_codes",
        sa.Column(
            "purpose",
            sa.Enum(
                "sign_in",
                "claim",
                "deletion",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
    )
    op.add_column("one_time_codes", sa.Column("account_id", sa.Uuid(), nullable=True))
    op.add_column(
        "one_time_codes", sa.Column("language", sa.Text(), server_default="kk", nullable=False)
    )
    op.add_column("one_time_codes", sa.Column("sent_at", _TIME, nullable=True))
    op.alter_column("one_time_codes", "code_hash", existing_type=sa.Text(), nullable=True)
    op.create_foreign_key(
        op.f("fk_one_time_codes_account_id_accounts"),
        "one_time_codes",
        "accounts",
        ["account_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_index("ix_one_time_codes_account_id", "one_time_codes", ["account_id"])
    op.create_index("ix_one_time_codes_expires_at", "one_time_codes", ["expires_at"])
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_recovery_codes_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
    )
    op.create_index("ix_recovery_codes_account_id", "recovery_codes", ["account_id"])
    op.create_table(
        "device_challenges",
        sa.Column("challenge_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f("pk_device_challenges")),
    )
    op.create_index("ix_device_challenges_expires_at", "device_challenges", ["expires_at"])
    op.alter_column(
        "rate_counters",
        "count",
        existing_type=sa.Integer(),
        type_=sa.BigInteger(),
        existing_server_default="0",
        existing_nullable=False,
    )


def downgrade() -> None:
    """Forget what only the second factor, devices and merges need."""
    op.execute("DELETE FROM rate_counters")
    op.alter_column(
        "rate_counters",
        "count",
        existing_type=sa.BigInteger(),
        type_=sa.Integer(),
        existing_server_default="0",
        existing_nullable=False,
    )
    op.drop_table("device_challenges")
    op.drop_table("recovery_codes")
    op.execute("DELETE FROM one_time_codes")
    op.drop_index("ix_one_time_codes_expires_at", table_name="one_time_codes")
    op.drop_index("ix_one_time_codes_account_id", table_name="one_time_codes")
    op.drop_constraint(
        op.f("fk_one_time_codes_account_id_accounts"), "one_time_codes", type_="foreignkey"
    )
    op.alter_column("one_time_codes", "code_hash", existing_type=sa.Text(), nullable=False)
    for name in ("sent_at", "language", "account_id", "purpose"):
        op.drop_column("one_time_codes", name)
    op.drop_constraint(
        op.f("fk_refresh_tokens_device_id_devices"), "refresh_tokens", type_="foreignkey"
    )
    op.drop_column("refresh_tokens", "successor_salt")
    op.drop_column("refresh_tokens", "device_id")
    op.drop_constraint(op.f("fk_accounts_merged_into_id_accounts"), "accounts", type_="foreignkey")
    for name in reversed(_ACCOUNT_COLUMNS):
        op.drop_column("accounts", name)
