"""Ids made by us are UUIDs of version 7 and sort by time."""

import uuid

from geo.ids import is_uuid7, uuid7


def test_ids_are_version_7_of_the_rfc_variant() -> None:
    """Version and variant bits are where RFC 9562 wants them."""
    made = uuid7()
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert is_uuid7(made)
    assert not is_uuid7(uuid.uuid4())


def test_ids_of_later_milliseconds_sort_later() -> None:
    """The first 48 bits are the time, so ids of one second are in order by it."""
    made = [uuid7() for _number in range(2000)]
    stamps = [value.int >> 80 for value in made]
    assert stamps == sorted(stamps)
    assert len(set(made)) == len(made)
