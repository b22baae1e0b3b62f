"""Languages of the pages: choosing one, and the gettext catalogues compiled at start-up.

English is the language of the message ids; Kazakh and Russian have a catalogue each.
"""

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("kk", "ru", "en")
DEFAULT = "kk"
OWN_NAMES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}
DOMAIN = "ui"


@cache
def load_translations(language: str) -> NullTranslations:
    """Compile the catalogue of a language; English needs none."""
    if language == "en":
        return NullTranslations()
    source = resources.files("api.pages").joinpath(
        "locale", language, "LC_MESSAGES", f"{DOMAIN}.po"
    )
    catalogue = read_po(io.BytesIO(source.read_bytes()), locale=language, domain=DOMAIN)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def choose_language(accept_language: str) -> str:
    """Choose by the browser's wish (RFC 9110 §12.5.4), Kazakh when it has none of ours."""
    best, best_weight = DEFAULT, 0.0
    for part in accept_language.split(","):
        tag, _, parameter = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        weight = _weight(parameter)
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0
