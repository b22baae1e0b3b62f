"""Names, addresses and contacts in tags.

A name is kept by language: kk, ru, en, and `""` for a name of unknown language. A plain `name`
gets its language only when its letters or its type word leave no doubt.
"""

import re

from geo.osm.tags import Tags

LANGUAGES = ("kk", "ru", "en")
_KAZAKH_LETTERS = frozenset("әіңғүұқөһӘІҢҒҮҰҚӨҺ")
_KAZAKH_WORDS = re.compile(
    r"\b(көшесі|даңғылы|ауданы|шағын|мектебі|орталығы|кентi|тұйығы|алаңы|саябағы)\b", re.IGNORECASE
)
_RUSSIAN_WORDS = re.compile(
    r"\b(улица|ул\.|проспект|пр\.|переулок|пер\.|микрорайон|мкр|шоссе|проезд|бульвар|тупик|"
    r"набережная|площадь|парк|сквер|школа|больница|поликлиника|детский|центр|магазин|мост|"
    r"аптека|улицы|имени)(?!\w)",
    re.IGNORECASE,
)
_ADDRESS_KEYS = {
    "addr:street": "street",
    "addr:housenumber": "housenumber",
    "addr:city": "city",
    "addr:postcode": "postcode",
    "addr:suburb": "suburb",
    "addr:place": "place",
    "addr:unit": "unit",
    "addr:floor": "floor",
}
_BY_LANGUAGE = ("addr:street", "addr:city", "addr:place")
_BARE_HOST = re.compile(r"^[\w-]+(\.[\w-]+)+(/\S*)?$")
_MAX_TEXT = 500


def find_language(name: str) -> str:
    """Tell the language of a name: `kk`, `ru`, or `""` when it cannot be told."""
    if any(letter in _KAZAKH_LETTERS for letter in name) or _KAZAKH_WORDS.search(name):
        return "kk"
    return "ru" if _RUSSIAN_WORDS.search(name) else ""


def read_names(tags: Tags, key: str = "name") -> dict[str, str]:
    """Collect the names of `key` by language; a plain name is never stored twice."""
    names = {
        language: tags[f"{key}:{language}"][:_MAX_TEXT]
        for language in LANGUAGES
        if tags.get(f"{key}:{language}")
    }
    plain = tags.get(key, "").strip()[:_MAX_TEXT]
    if plain and plain not in names.values():
        language = find_language(plain)
        names["" if language in names else language] = plain
    return names


def read_address(tags: Tags) -> dict[str, str]:
    """Collect the address; `addr:place` stands for the street where there is none."""
    address = {word: tags[key] for key, word in _ADDRESS_KEYS.items() if tags.get(key)}
    for key in _BY_LANGUAGE:
        for language in LANGUAGES:
            if value := tags.get(f"{key}:{language}"):
                address[f"{_ADDRESS_KEYS[key]}:{language}"] = value
    place = address.pop("place", None)
    if place and "street" not in address:
        address["street"] = place
    return address


def _first(tags: Tags, *keys: str) -> str | None:
    for key in keys:
        if value := tags.get(key, "").strip():
            return value[:_MAX_TEXT]
    return None


def read_phone(tags: Tags) -> str | None:
    """Give the phone as mapped, all numbers of a list."""
    return _first(tags, "phone", "contact:phone", "phone:mobile", "contact:mobile")


def read_website(tags: Tags) -> str | None:
    """Give the web address; anything but http and https is left out."""
    found = _first(tags, "website", "contact:website", "url")
    if found is None:
        return None
    if _BARE_HOST.match(found):
        found = f"https://{found}"
    return found if found.startswith(("http://", "https://")) and " " not in found else None


def read_opening_hours(tags: Tags) -> str | None:
    """Give the opening hours in OSM syntax as mapped."""
    return _first(tags, "opening_hours")
