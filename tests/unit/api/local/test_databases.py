"""Names and addresses of databases: readable, never colliding, never guessed."""

from pathlib import Path

import pytest

from api.local.databases import (
    as_sqlalchemy,
    describe_source,
    name_database,
    normalise_url,
    swap_database,
)
from api.local.errors import SetupError


def test_extract_names_its_database() -> None:
    """A person who lists databases recognises the file."""
    assert name_database(Path("/x/Almaty-2024-10.osm.pbf")) == "esik_almaty_2024_10"
    assert name_database(None) == "esik_demo"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("алматы.osm.pbf", "астана.osm.pbf"),
        ("қала-1.pbf", "гала-1.pbf"),
        ("x" * 90 + "a.pbf", "x" * 90 + "b.pbf"),
    ],
)
def test_different_files_never_share_a_database(one: str, other: str) -> None:
    """Letters a plain name cannot hold, and cut names, are told apart."""
    names = {name_database(Path(one)), name_database(Path(other))}
    assert len(names) == 2
    assert all(len(each) <= 63 and each.isascii() for each in names)


def test_file_called_demo_is_not_the_demo_city() -> None:
    """A real extract must not be merged into made-up places."""
    assert name_database(Path("demo.osm.pbf")) != name_database(None)


@pytest.mark.parametrize(
    "given", ["postgres://h/d", "postgresql+psycopg://h/d", "postgresql://h/d"]
)
def test_any_dialect_of_an_address_is_understood(given: str) -> None:
    """Hosting panels, SQLAlchemy and libpq each write it in their own way."""
    assert normalise_url(given) == "postgresql://h/d"
    assert as_sqlalchemy(normalise_url(given)) == "postgresql+psycopg://h/d"


def test_other_databases_are_refused() -> None:
    """MySQL has no PostGIS: the message shows what an address looks like."""
    with pytest.raises(SetupError, match="postgresql://user"):
        normalise_url("mysql://h/d")


def test_swapping_the_database_keeps_the_password() -> None:
    """Only the last part of the address changes."""
    assert swap_database("postgresql://u:p@h:1/postgres", "city") == "postgresql://u:p@h:1/city"


def test_changed_file_is_another_source(tmp_path: Path) -> None:
    """A newer extract under the same name is imported again; the same one is not."""
    file = tmp_path / "a.osm.pbf"
    file.write_bytes(b"1")
    before = describe_source(file)
    assert describe_source(file) == before
    file.write_bytes(b"22")
    assert describe_source(file) != before
