"""The closed vocabularies of places and elements (pure)."""

from enum import StrEnum


class PlaceKind(StrEnum):
    """What sort of thing a place is; decides how it is found, drawn and reached."""

    BUILDING = "building"
    ORGANISATION = "organisation"
    """Inside a building; inherits its entry unless it has a door of its own."""
    STOP = "stop"
    CROSSING_STRUCTURE = "crossing_structure"
    """An over- or underpass with its stairs, ramps and lifts."""
    OUTDOOR = "outdoor"


class PlaceState(StrEnum):
    """Life of a place. Nothing is deleted: a vanished place is `gone`, a double is `merged`."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    GONE = "gone"
    MERGED = "merged"


class ElementKind(StrEnum):
    """A part that can be measured, with its own point or line."""

    ENTRANCE = "entrance"
    STAIRS = "stairs"
    RAMP = "ramp"
    DOOR = "door"
    LIFT = "lift"
    PLATFORM_LIFT = "platform_lift"
    PATH = "path"
    PARKING = "parking"
    DESK = "desk"
    TOILET = "toilet"
    STOP = "stop"
    ROOM = "room"
    KERB = "kerb"
    CROSSING = "crossing"
    PAVEMENT = "pavement"
    LINK = "link"
    """A way on foot that the map does not have, from one street to another."""


STREET_ELEMENTS = frozenset(
    {ElementKind.KERB, ElementKind.CROSSING, ElementKind.PAVEMENT, ElementKind.LINK}
)
"""Elements that belong to the street network and not to a place."""


class Sector(StrEnum):
    """The cut of the state's register (domain Z0 `place.sector`)."""

    EDUCATION = "education"
    HEALTH = "health"
    CULTURE = "culture"
    SPORT = "sport"
    SOCIAL = "social"
    TRADE_SERVICES = "trade_services"
    STATE_BODY = "state_body"
    TRANSPORT = "transport"
    RESIDENTIAL = "residential"
    OTHER = "other"


class Ownership(StrEnum):
    """Who answers for the place (domain Z0 `place.ownership`)."""

    STATE = "state"
    PRIVATE = "private"
    RESIDENTIAL = "residential"
    STOP = "stop"
