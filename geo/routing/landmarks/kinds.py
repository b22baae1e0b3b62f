"""Which places serve as landmarks, and how well (pure).

The better a place is known and recognised from the pavement (seen, heard or smelled), the
lower its rank. Ranks are proposed. A kind has a word in `texts.<language>.toml`: `kind.<kind>`.
"""

RANKS: dict[str, int] = {
    "underpass": 0,
    "overpass": 0,
    "station": 0,
    "metro": 0,
    "bus_stop": 1,
    "tram_stop": 1,
    "park": 1,
    "square": 1,
    "water": 1,
    "mall": 1,
    "theatre": 1,
    "museum": 1,
    "worship": 1,
    "monument": 2,
    "school": 2,
    "hospital": 2,
    "university": 2,
    "supermarket": 2,
    "cinema": 2,
    "library": 2,
    "hotel": 2,
    "fuel": 2,
    "kindergarten": 3,
    "clinic": 3,
    "post_office": 3,
    "police": 3,
    "office": 3,
    "sport": 3,
    "pharmacy": 3,
    "bank": 3,
    "shop": 4,
    "restaurant": 4,
    "cafe": 4,
}
"""Kinds of landmark, the best first."""

NAMELESS = frozenset({"underpass", "overpass", "metro", "bus_stop", "tram_stop", "water"})
"""Kinds that are recognised without a name."""

_BY_CATEGORY: dict[str, str] = {
    "underpass": "underpass",
    "overpass": "overpass",
    "footbridge": "overpass",
    "station": "station",
    "subway_entrance": "metro",
    "bus_stop": "bus_stop",
    "tram_stop": "tram_stop",
    "park": "park",
    "garden": "park",
    "square": "square",
    "water": "water",
    "mall": "mall",
    "department_store": "mall",
    "marketplace": "mall",
    "theatre": "theatre",
    "arts_centre": "theatre",
    "museum": "museum",
    "place_of_worship": "worship",
    "memorial": "monument",
    "monument": "monument",
    "school": "school",
    "hospital": "hospital",
    "university": "university",
    "college": "university",
    "supermarket": "supermarket",
    "cinema": "cinema",
    "library": "library",
    "hotel": "hotel",
    "fuel": "fuel",
    "kindergarten": "kindergarten",
    "clinic": "clinic",
    "doctors": "clinic",
    "dentist": "clinic",
    "post_office": "post_office",
    "police": "police",
    "townhall": "office",
    "public_service": "office",
    "social_support_centre": "office",
    "courthouse": "office",
    "sports_centre": "sport",
    "fitness_centre": "sport",
    "stadium": "sport",
    "pharmacy": "pharmacy",
    "bank": "bank",
    "convenience": "shop",
    "bakery": "shop",
    "clothes": "shop",
    "kiosk": "shop",
    "restaurant": "restaurant",
    "cafe": "cafe",
    "fast_food": "cafe",
}
"""OSM categories of places; what is not listed is no landmark."""

CATEGORIES: tuple[str, ...] = tuple(_BY_CATEGORY)


def classify(category: str) -> str | None:
    """Return the kind of landmark that a place of this category makes, if any."""
    return _BY_CATEGORY.get(category)
