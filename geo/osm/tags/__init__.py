"""What OpenStreetMap tags mean for a person on the way (pure, table driven).

Every function takes plain tags and returns plain values. A tag that is missing, unreadable or
implausible gives `None`: unknown is never yes.
"""

Tags = dict[str, str]
"""Tags of one object as mapped."""


def words(row: str) -> frozenset[str]:
    """Read a row of a table: values separated by spaces."""
    return frozenset(row.split())
