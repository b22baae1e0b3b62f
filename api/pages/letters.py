"""Letters for the entrances of a place, the same in its list and on its sketch map (pure)."""

from string import ascii_uppercase
from uuid import UUID

from api.schemas.places import PlaceRead


def letter_entrances(place: PlaceRead) -> dict[UUID, str]:
    """Give each entrance a letter in the order in which they became known.

    The letter does not depend on the reader's profile. A single entrance needs none.
    """
    doors = [element.id for element in place.elements if element.kind == "entrance"]
    if len(doors) < 2:  # noqa: PLR2004 - one of one
        return {}
    return {
        door: ascii_uppercase[number] if number < len(ascii_uppercase) else str(number + 1)
        for number, door in enumerate(doors)
    }
