"""The database itself refuses what must never be stored."""

import psycopg
import pytest
from psycopg import errors

_PLACE = (
    "INSERT INTO places (id, kind, state, category, sector, point{more}) VALUES"
    " (gen_random_uuid(), 'building', {state}, 'school', 'education',"
    " ST_SetSRID(ST_MakePoint(76.9, 43.2), 4326){values})"
)

_ACCOUNT = (
    "INSERT INTO accounts (id, role, state{more}) VALUES"
    " (gen_random_uuid(), {role}, 'active'{values})"
)


@pytest.mark.parametrize(
    "statement",
    [
        _PLACE.format(more="", state="'merged'", values=""),
        _PLACE.format(more="", state="'nonsense'", values=""),
        _PLACE.format(more=", osm_id", state="'active'", values=", 5"),
        _PLACE.format(more=", entry_words", state="'active'", values=", '{0,0}'"),
        _PLACE.format(more=", name", state="'active'", values=", '[]'"),
        _ACCOUNT.format(more=", login", role="'reviewer'", values=", 'nobody'"),
        _ACCOUNT.format(more="", role="'king'", values=""),
        "INSERT INTO elements (id, kind, state) VALUES (gen_random_uuid(), 'entrance', 'active')",
    ],
)
def test_a_contradiction_is_refused(libpq_url: str, statement: str) -> None:
    """Half keys, unknown words, staff without a password and parts of nothing do not get in."""
    with psycopg.connect(libpq_url) as connection, pytest.raises(errors.CheckViolation):
        connection.execute(statement)


def test_one_object_of_the_map_is_one_place(libpq_url: str) -> None:
    """The same OSM object cannot be stored as two places."""
    statement = _PLACE.format(more=", osm_type, osm_id", state="'active'", values=", 'way', 77")
    with psycopg.connect(libpq_url) as connection:
        connection.execute(statement)
        with pytest.raises(errors.UniqueViolation):
            connection.execute(statement)


def test_the_history_cannot_be_rewritten(libpq_url: str) -> None:
    """A row of the history is neither changed nor deleted; sealing it is the only update."""
    with psycopg.connect(libpq_url) as connection:
        connection.execute(
            "INSERT INTO events (kind, subject_type, subject_id) VALUES ('made', 'test', '1')"
        )
        for statement in (
            "UPDATE events SET kind = 'unmade'",
            "DELETE FROM events",
            "UPDATE events SET chain_hash = 'x', kind = 'unmade'",
        ):
            with (
                pytest.raises(errors.IntegrityConstraintViolation),
                connection.transaction(),
            ):
                connection.execute(statement)
        connection.execute("UPDATE events SET chain_hash = 'x'")
        with pytest.raises(errors.IntegrityConstraintViolation), connection.transaction():
            connection.execute("UPDATE events SET chain_hash = 'y'")
        connection.rollback()
