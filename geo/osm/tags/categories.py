"""What a place offers: category in OSM words, sector of the state's register, owner (pure).

The first key of `_KEYS` that a place carries decides its category. Some words are made more
exact by a second tag, and a few state services by their Kazakh or Russian name, because
mappers tag an employment centre and a service centre alike as a government office.
"""

import re
from dataclasses import dataclass

from geo.osm.tags import Tags, words
from geo.places.kinds import Ownership, PlaceKind, Sector

_KEYS = (
    "amenity",
    "healthcare",
    "social_facility",
    "shop",
    "office",
    "government",
    "tourism",
    "leisure",
    "craft",
    "club",
    "historic",
    "aeroway",
)
_NOT_PLACES: dict[str, frozenset[str]] = {
    "amenity": words(
        "bench waste_basket waste_disposal recycling vending_machine bicycle_parking "
        "bicycle_rental motorcycle_parking parking_space parking_entrance parking_exit "
        "telephone post_box shelter fountain grit_bin clock drinking_water water_point lounger "
        "bbq shower ashtray letter_box loading_dock table lamp life_ring artwork "
        "bicycle_repair_station charging_station compressed_air smoking_area trolley_bay "
        "luggage_locker feeding_place game_feeding watering_place disused_parking "
        "parking grave_yard no yes construction"
    ),
    "shop": frozenset({"no", "vacant", "disused"}),
    "office": frozenset({"no", "vacant"}),
    "tourism": words("information artwork viewpoint attraction picnic_site camp_pitch no yes"),
    "leisure": words(
        "pitch track swimming_pool garden park playground nature_reserve common slipway "
        "picnic_table outdoor_seating bleachers firepit bird_hide marina dog_park fishing no "
        "fitness_station schoolyard"
    ),
    "healthcare": frozenset({"no"}),
    "historic": frozenset(),
    "aeroway": words(
        "runway taxiway apron gate helipad parking_position windsock hangar navigationaid"
    ),
    "government": frozenset({"no", "yes"}),
    "club": frozenset({"no"}),
    "craft": frozenset({"no"}),
    "social_facility": frozenset({"no", "yes"}),
}
_HISTORIC_PLACES = frozenset({"museum", "castle", "monastery", "church"})

_OUTDOOR: dict[str, frozenset[str]] = {
    "leisure": words("park garden playground nature_reserve dog_park common pitch"),
    "tourism": frozenset({"attraction", "viewpoint", "picnic_site"}),
    "place": frozenset({"square"}),
    "landuse": frozenset({"cemetery", "recreation_ground"}),
    "amenity": frozenset({"grave_yard", "parking"}),
    "natural": frozenset({"beach"}),
    "historic": frozenset({"memorial", "monument"}),
    "highway": frozenset({"pedestrian"}),
}
_OUTDOOR_UNNAMED = frozenset({"playground", "park"})
"""Outdoor places that matter without a name too."""

_STOPS: tuple[tuple[str, frozenset[str]], ...] = (
    ("highway", frozenset({"bus_stop"})),
    ("railway", frozenset({"tram_stop", "halt", "subway_entrance"})),
    ("public_transport", frozenset({"platform"})),
    ("amenity", frozenset({"ferry_terminal"})),
)
_STATIONS = frozenset({"station"})

_SECTOR_WORDS: dict[Sector, str] = {
    Sector.EDUCATION: (
        "school kindergarten college university language_school music_school driving_school "
        "training prep_school childcare research_institute educational_institution toy_library "
        "dancing_school art_school educational"
    ),
    Sector.HEALTH: (
        "hospital clinic doctors dentist pharmacy doctor healthcare laboratory blood_donation "
        "physiotherapist psychotherapist optometrist midwife nurse alternative centre "
        "audiologist counselling dialysis hospice sample_collection speech_therapist "
        "occupational_therapist podiatrist vaccination_centre nutrition_counselling"
    ),
    Sector.CULTURE: (
        "theatre cinema library museum arts_centre gallery community_centre concert_hall "
        "music_venue planetarium zoo aquarium theme_park events_venue exhibition_centre castle "
        "studio public_bookcase conference_centre circus"
    ),
    Sector.SPORT: (
        "sports_centre stadium fitness_centre sports_hall ice_rink swimming_area water_park "
        "horse_riding golf_course miniature_golf bowling_alley sport grandstand riding_hall "
        "fitness_station pitch"
    ),
    Sector.SOCIAL: (
        "social_facility rehabilitation special_social_services day_care nursing_home group_home "
        "assisted_living shelter_home employment_centre social_support_centre outreach "
        "social_centre workshop soup_kitchen food_bank dormitory_social ngo association charity "
        "foundation youth_centre"
    ),
    Sector.STATE_BODY: (
        "townhall courthouse police fire_station public_service public_building government "
        "prosecutor tax ministry legislative register_office customs prison ranger_station "
        "civic administrative transportation healthcare_office embassy diplomatic "
        "migration parliament archive post_office"
    ),
    Sector.TRANSPORT: (
        "bus_stop tram_stop platform station halt subway_entrance bus_station taxi "
        "ferry_terminal fuel aerodrome terminal train_station parking transportation_hub "
        "overpass underpass car_wash parking_building"
    ),
    Sector.RESIDENTIAL: (
        "apartments house residential detached semidetached_house terrace bungalow dormitory "
        "static_caravan farm cabin hut villa houseboat ger"
    ),
    Sector.TRADE_SERVICES: (
        "restaurant cafe bar pub fast_food food_court ice_cream biergarten nightclub bank atm "
        "bureau_de_change money_transfer payment_terminal payment_centre marketplace hotel "
        "hostel guest_house motel apartment chalet camp_site caravan_site car_rental "
        "car_sharing boat_rental driver_training veterinary casino gambling internet_cafe "
        "coworking_space crematorium funeral_hall love_hotel stripclub sauna amusement_arcade "
        "adult_gaming_centre escape_game hackerspace beach_resort dance retail commercial "
        "supermarket kiosk mall shop office_building service hairdresser toilets tanning_salon "
        "animal_boarding animal_shelter vehicle_inspection car_pooling resort spa "
        "public_bath studio_shop"
    ),
    Sector.OTHER: "place_of_worship monastery church mosque synagogue temple cathedral chapel",
}
_SECTORS = {word: sector for sector, row in _SECTOR_WORDS.items() for word in row.split()}
_KEY_SECTORS = {
    "healthcare": Sector.HEALTH,
    "social_facility": Sector.SOCIAL,
    "shop": Sector.TRADE_SERVICES,
    "office": Sector.TRADE_SERVICES,
    "craft": Sector.TRADE_SERVICES,
    "government": Sector.STATE_BODY,
}

_SOCIAL_FACILITIES = {
    "group_home": "group_home",
    "nursing_home": "nursing_home",
    "assisted_living": "assisted_living",
    "day_care": "day_care",
    "outreach": "special_social_services",
    "ambulatory_care": "special_social_services",
    "healthcare": "special_social_services",
    "shelter": "shelter_home",
    "rehabilitation": "rehabilitation",
    "workshop": "workshop",
    "food_bank": "food_bank",
    "soup_kitchen": "soup_kitchen",
    "hospice": "hospice",
}
_GOVERNMENT = {
    "public_service": "public_service",
    "register_office": "register_office",
    "tax": "tax",
    "ministry": "ministry",
    "prosecutor": "prosecutor",
    "customs": "customs",
    "legislative": "legislative",
    "migration": "migration",
    "archive": "archive",
    "employment": "employment_centre",
    "labour": "employment_centre",
    "social_services": "social_support_centre",
    "social_security": "social_support_centre",
    "social_welfare": "social_support_centre",
    "youth_welfare_department": "social_support_centre",
}
_SERVICE_NAMES = {
    "employment_centre": (
        r"центр[а-я]* занятости|карьерн\w+ центр|жұмыспен қамту|мансап орталығы|"
        r"employment cent(?:er|re)"
    ),
    "rehabilitation": r"реабилитац|оңалту|rehabilitation cent(?:er|re)",
    "special_social_services": (
        r"специальн\w+ социальн\w+ услуг|арнаулы әлеуметтік|special social services"
    ),
    "day_care": r"днев\w+ пребывани|күндізгі болу|day.?care cent(?:er|re)",
    "social_support_centre": (
        r"центр\w* поддержки семьи|социальн\w+ поддержк|әлеуметтік қолдау|"
        r"отбасын қолдау|social support"
    ),
    "public_service": (
        r"\bцон\b|\bхқко\b|центр обслуживания населения|халыққа қызмет көрсету|"
        r"public service cent(?:er|re)"
    ),
}
_NAMED_SERVICES = tuple(
    (re.compile(pattern, re.IGNORECASE), category) for category, pattern in _SERVICE_NAMES.items()
)
_NAME_MAY_DECIDE = words(
    "social_facility government office association ngo public_building administrative civic "
    "employment_agency special_social_services centre healthcare clinic company building "
    "social_centre community_centre public_service yes"
)
_OWNERS = {
    "government": Ownership.STATE,
    "public": Ownership.STATE,
    "state": Ownership.STATE,
    "municipal": Ownership.STATE,
    "communal": Ownership.STATE,
    "private": Ownership.PRIVATE,
    "private_non_profit": Ownership.PRIVATE,
    "business": Ownership.PRIVATE,
    "ngo": Ownership.PRIVATE,
    "religious": Ownership.PRIVATE,
    "cooperative": Ownership.PRIVATE,
}
_NO_BUILDINGS = frozenset(
    {"no", "roof", "ruins", "collapsed", "demolished", "razed", "proposed", "entrance"}
)
_BUILDING_WORDS = {"yes": "building", "office": "office_building", "public": "public_building"}
"""The general values get words of their own: `office` alone is an organisation."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a place is."""

    kind: PlaceKind
    category: str
    sector: Sector
    ownership: Ownership | None


def find_offer(tags: Tags, *, is_area: bool) -> Offer | None:
    """Tell what place an object is, `None` when it is none.

    One object is one place. A building that carries an organisation's tags (`building=yes`,
    `amenity=school`) is the building, with the organisation's category and name: its doors are
    the organisation's doors, and two places on one outline would split the audits.
    """
    if stop := _find_stop(tags):
        return stop
    category = find_category(tags)
    building = tags.get("building") if is_area else None
    if building and building not in _NO_BUILDINGS:
        word = category[1] if category else _BUILDING_WORDS.get(building, building)
        word = find_named_service(tags, word)
        sector = _find_sector(category[0] if category else "building", word)
        return Offer(PlaceKind.BUILDING, word, sector, find_ownership(tags, sector))
    if outdoor := _find_outdoor(tags, is_area=is_area):
        return outdoor
    if category is None:
        return None
    word = find_named_service(tags, category[1])
    sector = _find_sector(category[0], word)
    return Offer(PlaceKind.ORGANISATION, word, sector, find_ownership(tags, sector))


def find_category(tags: Tags) -> tuple[str, str] | None:
    """Give the key that decides and the category, `None` when it is no organisation."""
    for key in _KEYS:
        value = tags.get(key, "").split(";")[0].strip()
        if not value or value in _NOT_PLACES[key]:
            continue
        if key == "historic" and value not in _HISTORIC_PLACES:
            continue
        return key, _refine(tags, key, value)
    if tags.get("railway") in _STATIONS or tags.get("public_transport") in _STATIONS:
        return "railway", "station"
    return None


def _refine(tags: Tags, key: str, value: str) -> str:
    """Make a general word exact by the tag beside it."""
    if "rehabilitation" in (tags.get("healthcare"), tags.get("healthcare:speciality")):
        return "rehabilitation"
    if value in ("social_facility", "social_centre") or key == "social_facility":
        facility = tags.get("social_facility", "")
        return _SOCIAL_FACILITIES.get(facility, facility or value)
    if value == "employment_agency" and key == "office":
        return "employment_centre"
    if key in ("office", "government") and (value == "government" or key == "government"):
        return _GOVERNMENT.get(tags.get("government", ""), "government")
    if value == "yes":
        return {"shop": "shop", "office": "office"}.get(key, key)
    return {"job_centre": "employment_centre"}.get(value, value)


def find_named_service(tags: Tags, category: str) -> str:
    """Correct a general category by an unmistakable name of a state or social service."""
    if category not in _NAME_MAY_DECIDE:
        return category
    names = " | ".join(value for key, value in tags.items() if key.startswith("name"))
    for pattern, word in _NAMED_SERVICES:
        if pattern.search(names):
            return word
    return category


def _find_sector(key: str, word: str) -> Sector:
    return _SECTORS.get(word) or _KEY_SECTORS.get(key, Sector.OTHER)


def find_ownership(tags: Tags, sector: Sector) -> Ownership | None:
    """Tell who answers for the place, where the map or its sector says so."""
    if mapped := _OWNERS.get(tags.get("operator:type") or tags.get("ownership") or ""):
        return mapped
    return {
        Sector.RESIDENTIAL: Ownership.RESIDENTIAL,
        Sector.STATE_BODY: Ownership.STATE,
    }.get(sector)


def _find_stop(tags: Tags) -> Offer | None:
    for key, values in _STOPS:
        value = tags.get(key, "")
        if value in values and "building" not in tags:
            return Offer(PlaceKind.STOP, value, Sector.TRANSPORT, Ownership.STOP)
    return None


def _find_outdoor(tags: Tags, *, is_area: bool) -> Offer | None:
    worth_listing = "capacity:disabled" in tags or any(
        key == "name" or key.startswith("name:") for key in tags
    )
    for key, values in _OUTDOOR.items():
        value = tags.get(key, "")
        if value not in values or not (worth_listing or value in _OUTDOOR_UNNAMED):
            continue
        if key in ("highway", "landuse") and not is_area:
            continue
        word = "square" if value == "pedestrian" else value
        sector = _SECTORS.get(word, Sector.CULTURE if key == "historic" else Sector.OTHER)
        return Offer(PlaceKind.OUTDOOR, word, sector, find_ownership(tags, sector))
    return None
