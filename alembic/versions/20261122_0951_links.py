"""Let audits bring ways that the map does not have.

Why: a gap in a fence or a ramp between two streets is known to who walks there, long before
somebody draws it.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_KINDS = (
    "entrance", "stairs", "ramp", "door", "lift", "platform_lift", "path", "parking", "desk",
    "toilet", "stop", "room", "kerb", "crossing", "pavement",
)  # fmt: skip
_OF_STREETS = ("kerb", "crossing", "pavement")


def upgrade() -> None:
    """Allow the kind `link`, which belongs to no place."""
    _check_kinds((*_KINDS, "link"), (*_OF_STREETS, "link"))


def downgrade() -> None:
    """Forbid it again; fails while there are links."""
    _check_kinds(_KINDS, _OF_STREETS)


def _check_kinds(kinds: tuple[str, ...], of_streets: tuple[str, ...]) -> None:
    op.drop_constraint("ck_elements_kind", "elements")
    op.create_check_constraint(op.f("ck_elements_kind"), "elements", f"kind IN {kinds}")
    op.drop_constraint("ck_elements_has_place", "elements")
    op.create_check_constraint(
        op.f("ck_elements_has_place"), "elements", f"kind IN {of_streets} OR place_id IS NOT NULL"
    )
