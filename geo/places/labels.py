"""Names and addresses in one language, or in the next best one (pure)."""

from collections.abc import Mapping

_OTHERS = ("", "ru", "kk", "en")


def choose_name(names: Mapping[str, str], language: str) -> str | None:
    """Return the name in a language, else as it is written there, else in any; `None` for none."""
    for key in (language, *_OTHERS):
        if names.get(key):
            return names[key]
    return next(iter(names.values()), None)


def write_address(address: Mapping[str, str], language: str) -> str | None:
    """Return street and house, `Абай даңғылы, 7`; `None` where no street is known."""
    streets = {
        key.partition(":")[2]: value
        for key, value in address.items()
        if key.split(":")[0] == "street"
    }
    street = choose_name(streets, language)
    if not street:
        return None
    house = address.get("housenumber")
    return f"{street}, {house}" if house else street
