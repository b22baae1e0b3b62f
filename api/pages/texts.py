"""Texts that belong to codes: words, profiles, kinds of places and barriers.

`_` only marks a message for extraction; templates translate it when they show it.
"""

from geo.mobility.profiles import Profile
from geo.mobility.words import HelpKind, Word
from geo.network.models import BarrierKind


def _(message: str) -> str:
    return message


WORDS = {
    Word.YES: _("Yes"),
    Word.WITH_HELP: _("With help"),
    Word.NO: _("No"),
    Word.UNKNOWN: _("Not known"),
}

ENTRY = {
    Word.YES: _("You can get in"),
    Word.WITH_HELP: _("You can get in with help"),
    Word.NO: _("You cannot get in"),
    Word.UNKNOWN: _("It is not known whether you can get in"),
}

USE = {
    Word.YES: _("You can use it"),
    Word.WITH_HELP: _("You can use it with help"),
    Word.NO: _("You cannot use it"),
    Word.UNKNOWN: _("It is not known whether you can use it"),
}
"""For places without a door: stops, squares, underpasses."""

SERVICE = {
    Word.YES: _("You can use the service inside"),
    Word.WITH_HELP: _("You can use the service inside with help"),
    Word.NO: _("You cannot reach the service inside"),
    Word.UNKNOWN: _("It is not known whether you can use the service inside"),
}

_WITHOUT_DOOR = {"stop", "outdoor", "crossing_structure"}


def describe_entry(kind: str, word: Word) -> str:
    """Give the message for the word of the `entry` scope, fitting the kind of place."""
    return (USE if kind in _WITHOUT_DOOR else ENTRY)[word]


HELP = {
    HelpKind.STAFF: _("the staff help"),
    HelpKind.COMPANION: _("somebody comes along with you"),
    HelpKind.KEY: _("you ask for a key beforehand"),
    HelpKind.EFFORT: _("it takes effort"),
}

PROFILES = {
    Profile.MANUAL_WHEELCHAIR: _("Manual wheelchair"),
    Profile.POWERED_WHEELCHAIR: _("Powered wheelchair"),
    Profile.LIMITED_WALKING: _("Walking with difficulty"),
    Profile.PUSHCHAIR: _("Pushchair"),
    Profile.LOW_VISION: _("Blind or low vision"),
    Profile.DEAF: _("Deaf or hard of hearing"),
}

BARRIERS = {
    BarrierKind.LIFT_OUT_OF_ORDER: _("Lift out of order"),
    BarrierKind.ICE: _("Ice"),
    BarrierKind.SNOW: _("Snow not cleared"),
    BarrierKind.DUG_UP: _("Street dug up"),
    BarrierKind.CONSTRUCTION: _("Construction site"),
    BarrierKind.PARKED_VEHICLES: _("Parked vehicles in the way"),
    BarrierKind.FLOODED: _("Flooded"),
    BarrierKind.BROKEN_SURFACE: _("Broken surface"),
    BarrierKind.BLOCKED: _("Way blocked"),
    BarrierKind.OTHER: _("Other obstacle"),
}

ELEMENTS = {
    "entrance": _("Entrance"),
    "stairs": _("Stairs"),
    "ramp": _("Ramp"),
    "door": _("Door"),
    "lift": _("Lift"),
    "platform_lift": _("Platform lift"),
    "path": _("Path"),
    "parking": _("Parking"),
    "desk": _("Desk"),
    "toilet": _("Toilet"),
    "stop": _("Stop"),
    "room": _("Room"),
    "kerb": _("Kerb"),
    "crossing": _("Crossing"),
    "pavement": _("Pavement"),
    "link": _("Way that is not on the map"),
}

METHODS = {
    "tape": _("measured with a tape"),
    "laser": _("measured with a laser"),
    "inclinometer": _("measured with a phone"),
    "photo_measure": _("measured on a photo"),
    "estimate": _("estimated by eye"),
    "document": _("from a document"),
    "claimed": _("somebody said so"),
}

FEATURES = {"step_free_entrance": _("Entrance without steps")}
"""Facts that are no badge; those have their texts beside the verdicts."""

CHECKS = {
    "audit_submitted": _("visited and measured"),
    "audit_approved": _("looked through and approved"),
    "fact_confirmed": _("confirmed on site"),
    "audit_imported": _("taken over from an older register, not measured"),
}
"""What was done to find out about a place, by kind of event."""

ROLES = {
    "volunteer": _("volunteer"),
    "reviewer": _("reviewer of the city"),
    "manager": _("reviewer of the city"),
    "admin": _("reviewer of the city"),
}

OBSTACLES = {
    "incline": _("Too steep"),
    "cross_slope": _("The way tilts sideways"),
    "width": _("Too narrow"),
    "kerb": _("Kerb too high"),
    "steps": _("Steps"),
    "surface": _("Surface too rough"),
    "smoothness": _("Too bumpy"),
    "passage": _("Gap too narrow"),
    "locked": _("Locked gate"),
    "key": _("A key is needed"),
    "lift_broken": _("Lift out of order"),
    "blocked": _("Way blocked"),
    "slippery": _("Slippery"),
    "obstructed": _("Something stands in the way"),
    "wheelchair_no": _("Not for wheelchairs, according to the map"),
    "escalator": _("Escalator only"),
    "unknown": _("Nothing is known about this stretch"),
}

KINDS = {
    "building": _("Building"),
    "organisation": _("Organisation"),
    "stop": _("Public transport stop"),
    "crossing_structure": _("Overpass or underpass"),
    "outdoor": _("Outdoor place"),
}

CATEGORIES = {
    "apartments": _("Block of flats"),
    "arts_centre": _("Arts centre"),
    "atm": _("Cash machine"),
    "bakery": _("Bakery"),
    "bank": _("Bank"),
    "bar": _("Bar"),
    "beauty": _("Beauty salon"),
    "books": _("Bookshop"),
    "bus_station": _("Bus station"),
    "bus_stop": _("Bus stop"),
    "butcher": _("Butcher"),
    "cafe": _("Café"),
    "car_repair": _("Car repair"),
    "cinema": _("Cinema"),
    "clinic": _("Clinic"),
    "clothes": _("Clothes shop"),
    "college": _("College"),
    "commercial": _("Commercial building"),
    "community_centre": _("Community centre"),
    "company": _("Company"),
    "convenience": _("Grocery shop"),
    "courthouse": _("Court"),
    "dentist": _("Dentist"),
    "dormitory": _("Dormitory"),
    "doctors": _("Doctor"),
    "electronics": _("Electronics shop"),
    "employment_agency": _("Employment centre"),
    "fast_food": _("Fast food"),
    "fire_station": _("Fire station"),
    "fitness_centre": _("Fitness centre"),
    "fitness_station": _("Outdoor gym"),
    "florist": _("Flower shop"),
    "fuel": _("Filling station"),
    "furniture": _("Furniture shop"),
    "government": _("Government office"),
    "hairdresser": _("Hairdresser"),
    "hardware": _("Hardware shop"),
    "hospital": _("Hospital"),
    "hotel": _("Hotel"),
    "house": _("House"),
    "kindergarten": _("Kindergarten"),
    "kiosk": _("Kiosk"),
    "laundry": _("Laundry"),
    "library": _("Library"),
    "mall": _("Shopping centre"),
    "marketplace": _("Market"),
    "mobile_phone": _("Phone shop"),
    "museum": _("Museum"),
    "music_school": _("Music school"),
    "notary": _("Notary"),
    "office": _("Office"),
    "optician": _("Optician"),
    "park": _("Park"),
    "parking": _("Car park"),
    "pharmacy": _("Pharmacy"),
    "place_of_worship": _("Place of worship"),
    "playground": _("Playground"),
    "police": _("Police"),
    "post_office": _("Post office"),
    "public_service": _("Public service centre"),
    "public": _("Public building"),
    "rehabilitation": _("Rehabilitation centre"),
    "residential": _("Residential building"),
    "restaurant": _("Restaurant"),
    "retail": _("Shops"),
    "school": _("School"),
    "shoes": _("Shoe shop"),
    "social_centre": _("Social centre"),
    "social_facility": _("Social services"),
    "sports_centre": _("Sports centre"),
    "stadium": _("Stadium"),
    "stationery": _("Stationery shop"),
    "station": _("Station"),
    "supermarket": _("Supermarket"),
    "tax": _("Tax office"),
    "theatre": _("Theatre"),
    "toilets": _("Public toilet"),
    "townhall": _("Akimat"),
    "underpass": _("Underpass"),
    "overpass": _("Overpass"),
    "university": _("University"),
    "veterinary": _("Veterinary clinic"),
    "nursing_home": _("Care home"),
    "association": _("Association"),
    "attraction": _("Sight"),
    "beach": _("Beach"),
    "car": _("Car dealer"),
    "car_wash": _("Car wash"),
    "cemetery": _("Cemetery"),
    "embassy": _("Embassy"),
    "employment_centre": _("Employment centre"),
    "garden": _("Garden"),
    "gift": _("Gift shop"),
    "greengrocer": _("Greengrocer"),
    "insurance": _("Insurance"),
    "jewelry": _("Jeweller"),
    "language_school": _("Language school"),
    "lawyer": _("Lawyer"),
    "medical_supply": _("Medical supplies"),
    "monument": _("Monument"),
    "newsagent": _("Newsagent"),
    "nightclub": _("Night club"),
    "pitch": _("Sports ground"),
    "pub": _("Pub"),
    "public_building": _("Public building"),
    "social_support_centre": _("Social support centre"),
    "special_social_services": _("Special social services"),
    "square": _("Square"),
    "subway_entrance": _("Metro entrance"),
    "swimming_pool": _("Swimming pool"),
    "taxi": _("Taxi rank"),
    "toys": _("Toy shop"),
    "viewpoint": _("Viewpoint"),
    "zoo": _("Zoo"),
    "ferry_terminal": _("Ferry terminal"),
    "estate_agent": _("Estate agent"),
    "building": _("Building"),
    "shop": _("Shop"),
    "sports": _("Sports shop"),
    "group_home": _("Care home"),
    "day_care": _("Day care"),
}
