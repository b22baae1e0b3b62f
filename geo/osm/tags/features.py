"""Ground that is drawn on the map, and the tags of a place worth keeping as hints (pure)."""

from geo.osm.tags import Tags, words

_AREAS: tuple[tuple[str, dict[str, str]], ...] = (
    ("natural", {"water": "water", "wood": "wood", "sand": "sand", "beach": "sand"}),
    ("natural", {"grassland": "grass", "scrub": "grass", "heath": "grass"}),
    ("landuse", {"reservoir": "water", "basin": "water", "forest": "wood"}),
    ("landuse", {"grass": "grass", "meadow": "grass", "village_green": "grass"}),
    ("landuse", {"recreation_ground": "grass", "cemetery": "park", "flowerbed": "grass"}),
    ("waterway", {"riverbank": "water", "dock": "water"}),
    ("leisure", {"park": "park", "garden": "park", "nature_reserve": "park"}),
    ("leisure", {"pitch": "pitch", "track": "pitch", "playground": "pitch"}),
    ("leisure", {"golf_course": "grass", "swimming_pool": "water"}),
    ("place", {"square": "square"}),
    ("highway", {"pedestrian": "square", "platform": "square"}),
)
_LINES: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "waterway",
        dict.fromkeys(("river", "stream", "canal", "ditch", "drain"), "waterway"),
    ),
    (
        "railway",
        dict.fromkeys(("rail", "tram", "light_rail", "narrow_gauge", "funicular"), "railway"),
    ),
)
_FIRST_ZOOMS = {"river": 8, "canal": 11, "rail": 9}
_OTHER_LINES = 13
_SETTLEMENTS = {
    "city": 6,
    "town": 9,
    "village": 11,
    "suburb": 12,
    "borough": 12,
    "hamlet": 13,
    "quarter": 14,
    "neighbourhood": 14,
}
_HINT_KEYS = words(
    "wheelchair wheelchair:description toilets:wheelchair toilets changing_table hearing_loop "
    "capacity:disabled capacity ramp ramp:wheelchair ramp:stroller handrail step_count width "
    "kerb kerb:height tactile_paving speech_output tactile_writing:braille automatic_door door "
    "entrance entrance:step_count entrance:width entrance:kerb:height ref access level "
    "building building:levels elevator shelter bench deaf blind start_date operator brand "
    "social_facility:for healthcare:speciality sport religion cuisine incline surface "
    "opening_hours description locked indoor highway conveying lit parking "
    "alt_name old_name short_name official_name"
)
_HINT_PREFIXES = ("wheelchair:", "deaf:", "blind:", "toilets:", "ramp:", "hearing_impaired:")
_MAX_TEXT = 500


def find_area_feature(tags: Tags) -> str | None:
    """Give the kind of drawn ground of an area, `None` for what is not drawn."""
    if tags.get("tunnel", "no") != "no" or tags.get("indoor", "no") != "no":
        return None
    return _look_up(tags, _AREAS)


def find_line_feature(tags: Tags) -> str | None:
    """Give the kind of a drawn line; what runs underground is not drawn."""
    if tags.get("tunnel", "no") != "no":
        return None
    return _look_up(tags, _LINES)


def find_line_zoom(tags: Tags) -> int:
    """Give the zoom from which a drawn line is large enough: rivers before ditches."""
    kind = tags.get("waterway") or tags.get("railway") or ""
    return _FIRST_ZOOMS.get(kind, _OTHER_LINES)


def find_label(tags: Tags) -> tuple[str, int] | None:
    """Give kind and first zoom of a point that is only a name on the map, `None` for others."""
    kind = tags.get("place", "")
    if kind in _SETTLEMENTS:
        return kind, _SETTLEMENTS[kind]
    if tags.get("natural") in {"peak", "volcano"}:
        return "peak", 12
    return None


def _look_up(tags: Tags, table: tuple[tuple[str, dict[str, str]], ...]) -> str | None:
    for key, kinds in table:
        if kind := kinds.get(tags.get(key, "")):
            return kind
    return None


def keep_hints(tags: Tags) -> dict[str, str]:
    """Keep the tags about access, which are never a word, and names that people know it by."""
    return {
        key: value[:_MAX_TEXT]
        for key, value in tags.items()
        if key in _HINT_KEYS or key.startswith(_HINT_PREFIXES)
    }
