"""Names, addresses, categories and sectors of places, and what is drawn."""

import pytest

from geo.osm.places import is_door
from geo.osm.tags.categories import find_offer
from geo.osm.tags.features import find_area_feature, find_line_feature, keep_hints
from geo.osm.tags.naming import (
    find_language,
    read_address,
    read_names,
    read_opening_hours,
    read_phone,
    read_website,
)
from geo.places.kinds import Ownership, PlaceKind, Sector

BUILDING, ORGANISATION = PlaceKind.BUILDING, PlaceKind.ORGANISATION
STOP, OUTDOOR = PlaceKind.STOP, PlaceKind.OUTDOOR


PLACES = [
    ("building=yes", BUILDING, "building", Sector.OTHER),
    ("building=apartments", BUILDING, "apartments", Sector.RESIDENTIAL),
    ("building=school amenity=school", BUILDING, "school", Sector.EDUCATION),
    ("building=yes amenity=school name=15", BUILDING, "school", Sector.EDUCATION),
    ("building=kindergarten", BUILDING, "kindergarten", Sector.EDUCATION),
    ("building=office", BUILDING, "office_building", Sector.TRADE_SERVICES),
    ("building=train_station", BUILDING, "train_station", Sector.TRANSPORT),
    ("building=yes leisure=park name=x", BUILDING, "building", Sector.OTHER),
    ("amenity=university", ORGANISATION, "university", Sector.EDUCATION),
    ("amenity=clinic healthcare=clinic", ORGANISATION, "clinic", Sector.HEALTH),
    ("healthcare=laboratory", ORGANISATION, "laboratory", Sector.HEALTH),
    ("healthcare=new_word", ORGANISATION, "new_word", Sector.HEALTH),
    ("amenity=pharmacy", ORGANISATION, "pharmacy", Sector.HEALTH),
    ("amenity=theatre", ORGANISATION, "theatre", Sector.CULTURE),
    ("tourism=museum", ORGANISATION, "museum", Sector.CULTURE),
    ("leisure=sports_centre sport=swimming", ORGANISATION, "sports_centre", Sector.SPORT),
    ("amenity=social_facility", ORGANISATION, "social_facility", Sector.SOCIAL),
    (
        "amenity=social_facility social_facility=day_care",
        ORGANISATION,
        "day_care",
        Sector.SOCIAL,
    ),
    (
        "amenity=social_facility social_facility=outreach",
        ORGANISATION,
        "special_social_services",
        Sector.SOCIAL,
    ),
    (
        "amenity=social_facility social_facility=healthcare healthcare=rehabilitation",
        ORGANISATION,
        "rehabilitation",
        Sector.SOCIAL,
    ),
    ("healthcare=rehabilitation", ORGANISATION, "rehabilitation", Sector.SOCIAL),
    ("office=employment_agency", ORGANISATION, "employment_centre", Sector.SOCIAL),
    (
        "office=government government=employment",
        ORGANISATION,
        "employment_centre",
        Sector.SOCIAL,
    ),
    (
        "office=government government=social_services",
        ORGANISATION,
        "social_support_centre",
        Sector.SOCIAL,
    ),
    (
        "office=government government=public_service",
        ORGANISATION,
        "public_service",
        Sector.STATE_BODY,
    ),
    ("office=government", ORGANISATION, "government", Sector.STATE_BODY),
    ("amenity=police", ORGANISATION, "police", Sector.STATE_BODY),
    ("amenity=townhall office=government", ORGANISATION, "townhall", Sector.STATE_BODY),
    ("shop=convenience", ORGANISATION, "convenience", Sector.TRADE_SERVICES),
    ("shop=yes", ORGANISATION, "shop", Sector.TRADE_SERVICES),
    ("office=lawyer", ORGANISATION, "lawyer", Sector.TRADE_SERVICES),
    ("craft=tailor", ORGANISATION, "tailor", Sector.TRADE_SERVICES),
    ("amenity=nightclub;restaurant", ORGANISATION, "nightclub", Sector.TRADE_SERVICES),
    ("amenity=fuel", ORGANISATION, "fuel", Sector.TRANSPORT),
    ("railway=station", ORGANISATION, "station", Sector.TRANSPORT),
    ("amenity=place_of_worship", ORGANISATION, "place_of_worship", Sector.OTHER),
    ("amenity=surprise", ORGANISATION, "surprise", Sector.OTHER),
    ("highway=bus_stop", STOP, "bus_stop", Sector.TRANSPORT),
    ("railway=tram_stop", STOP, "tram_stop", Sector.TRANSPORT),
    ("railway=subway_entrance", STOP, "subway_entrance", Sector.TRANSPORT),
    ("public_transport=platform", STOP, "platform", Sector.TRANSPORT),
    ("leisure=park", OUTDOOR, "park", Sector.OTHER),
    ("leisure=playground", OUTDOOR, "playground", Sector.OTHER),
    ("leisure=garden name=x", OUTDOOR, "garden", Sector.OTHER),
    ("place=square name=x", OUTDOOR, "square", Sector.OTHER),
    ("highway=pedestrian area=yes name=x", OUTDOOR, "square", Sector.OTHER),
    ("historic=memorial name=x", OUTDOOR, "memorial", Sector.CULTURE),
    ("amenity=parking capacity:disabled=2", OUTDOOR, "parking", Sector.TRANSPORT),
]


@pytest.mark.parametrize(("tags", "kind", "category", "sector"), PLACES)
def test_what_a_place_is(tags: str, kind: PlaceKind, category: str, sector: Sector) -> None:
    """Each combination of tags gives one kind, one category and one sector."""
    read = dict(pair.split("=", 1) for pair in tags.split())
    offer = find_offer(read, is_area=True)
    assert offer is not None
    assert (offer.kind, offer.category, offer.sector) == (kind, category, sector)


def test_every_sector_can_be_reached() -> None:
    """The state's register has ten sectors, and the map can name a place of each."""
    examples = (
        "amenity=school amenity=hospital amenity=cinema leisure=stadium amenity=social_facility "
        "shop=mall amenity=courthouse amenity=bus_station building=house amenity=monastery"
    )
    offers = [find_offer(dict([pair.split("=")]), is_area=True) for pair in examples.split()]
    assert {offer.sector for offer in offers if offer} == set(Sector)


@pytest.mark.parametrize(
    "tags",
    [
        {"amenity": "bench"},
        {"amenity": "waste_basket"},
        {"shop": "vacant"},
        {"tourism": "information"},
        {"leisure": "swimming_pool"},
        {"leisure": "garden"},
        {"building": "roof"},
        {"building": "no"},
        {"amenity": "parking"},
        {"highway": "residential", "name": "x"},
        {"natural": "tree"},
        {},
    ],
)
def test_furniture_is_no_place(tags: dict[str, str]) -> None:
    """Benches, roofs and nameless gardens are not audited."""
    assert find_offer(tags, is_area=True) is None


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("Центр занятости населения", "employment_centre"),
        ("Халықты жұмыспен қамту орталығы", "employment_centre"),
        ("Центр обслуживания населения", "public_service"),
        ("Халыққа қызмет көрсету орталығы", "public_service"),
        ("Городской реабилитационный центр", "rehabilitation"),
        ("Оңалту орталығы", "rehabilitation"),
        ("Центр оказания специальных социальных услуг", "special_social_services"),
        ("Отделение дневного пребывания", "day_care"),
        ("Центр поддержки семьи", "social_support_centre"),
        ("Акимат", "government"),
    ],
)
def test_state_services_are_known_by_their_names(name: str, category: str) -> None:
    """Mappers tag them all as government offices; the name says what they do."""
    offer = find_offer({"office": "government", "name": name}, is_area=False)
    assert offer is not None
    assert offer.category == category


def test_a_name_does_not_overrule_exact_tags() -> None:
    """A pharmacy beside a rehabilitation centre, named after it, stays a pharmacy."""
    offer = find_offer(
        {"amenity": "pharmacy", "name": "Аптека реабилитационного центра"}, is_area=False
    )
    assert offer is not None
    assert offer.category == "pharmacy"


@pytest.mark.parametrize(
    ("tags", "owner"),
    [
        ({"amenity": "school", "operator:type": "government"}, Ownership.STATE),
        ({"amenity": "school", "operator:type": "private"}, Ownership.PRIVATE),
        ({"amenity": "school"}, None),
        ({"amenity": "police"}, Ownership.STATE),
        ({"building": "apartments"}, Ownership.RESIDENTIAL),
        ({"highway": "bus_stop"}, Ownership.STOP),
    ],
)
def test_owner_is_told_or_follows_from_the_sector(
    tags: dict[str, str], owner: Ownership | None
) -> None:
    """Who answers for a school is unknown unless the map says it."""
    offer = find_offer(tags, is_area=True)
    assert offer is not None
    assert offer.ownership is owner


@pytest.mark.parametrize(
    ("tags", "names"),
    [
        ({"name": "Abay", "name:kk": "Абай"}, {"kk": "Абай", "": "Abay"}),
        ({"name": "Абай", "name:kk": "Абай"}, {"kk": "Абай"}),
        ({"name": "улица Абая"}, {"ru": "улица Абая"}),
        ({"name": "Абай көшесі"}, {"kk": "Абай көшесі"}),
        ({"name": "проспект Абая", "name:ru": "пр. Абая"}, {"ru": "пр. Абая", "": "проспект Абая"}),
        ({"name": "Dostyk", "name:en": "Dostyk Avenue"}, {"en": "Dostyk Avenue", "": "Dostyk"}),
        ({"name": " "}, {}),
        ({"name:de": "Abai"}, {}),
    ],
)
def test_names_by_language(tags: dict[str, str], names: dict[str, str]) -> None:
    """A plain name gets a language only when its letters or type word leave no doubt."""
    assert read_names(tags) == names


def test_languages_are_told_by_letters_and_type_words() -> None:
    """Kazakh letters win over everything; a bare Cyrillic word is unknown."""
    assert [find_language(n) for n in ("Әуезов", "улица Толе би", "Сатпаева", "Main")] == [
        "kk",
        "ru",
        "",
        "",
    ]


def test_address_and_contacts() -> None:
    """`addr:place` stands in for a street; only web addresses are web addresses."""
    assert read_address({"addr:place": "мкр 5", "addr:housenumber": "3"}) == {
        "street": "мкр 5",
        "housenumber": "3",
    }
    assert read_address({"addr:street": "Абай", "addr:street:ru": "Абая"}) == {
        "street": "Абай",
        "street:ru": "Абая",
    }
    assert read_phone({"contact:phone": "+7 1"}) == "+7 1"
    assert read_website({"website": "esik.kz"}) == "https://esik.kz"
    assert read_website({"website": "javascript:alert(1)"}) is None
    assert read_website({"website": "ftp://x"}) is None
    assert read_opening_hours({"opening_hours": "24/7"}) == "24/7"


def test_drawn_ground_and_lines() -> None:
    """Water, parks and rails are drawn; what runs in a tunnel is not."""
    assert find_area_feature({"natural": "water"}) == "water"
    assert find_area_feature({"leisure": "park"}) == "park"
    assert find_area_feature({"highway": "pedestrian"}) == "square"
    assert find_area_feature({"natural": "water", "tunnel": "culvert"}) is None
    assert find_line_feature({"waterway": "ditch"}) == "waterway"
    assert find_line_feature({"railway": "tram"}) == "railway"
    assert find_line_feature({"railway": "subway", "tunnel": "yes"}) is None
    assert find_line_feature({"highway": "footway"}) is None


def test_only_tags_about_access_are_kept() -> None:
    """Hints help an auditor; the rest of the tags stays in the map."""
    tags = {"wheelchair": "yes", "toilets:wheelchair": "no", "note": "x", "source": "y"}
    assert keep_hints(tags) == {"wheelchair": "yes", "toilets:wheelchair": "no"}
    assert keep_hints({"old_name": "улица Ленина"}) == {"old_name": "улица Ленина"}


@pytest.mark.parametrize(
    ("tags", "door"),
    [
        ({"entrance": "main"}, True),
        ({"entrance": "yes"}, True),
        ({"entrance": "staircase"}, True),
        ({"building": "entrance"}, True),
        ({"entrance": "garage"}, False),
        ({"entrance": "emergency"}, False),
        ({"entrance": "no"}, False),
        ({"door": "yes"}, False),
    ],
)
def test_doors_people_use(tags: dict[str, str], door: bool) -> None:  # noqa: FBT001 - a table
    """Garage doors and emergency exits are not entrances."""
    assert is_door(tags) is door
