"""The sentences of verdicts in Kazakh, Russian and English, by message key.

Verdicts carry keys and parameters; a page puts the sentence together here. Numbers are given
in the field's unit, so the page formats them.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

LANGUAGES = ("kk", "ru", "en")


@cache
def texts(language: str) -> Mapping[str, str]:
    """Return every sentence of a language by key; raises `LookupError` for another language."""
    if language not in LANGUAGES:
        raise LookupError(language)
    folder = files("audits.verdicts").joinpath("texts")
    document = tomllib.loads(folder.joinpath(f"{language}.toml").read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            f"{section}.{name}": text
            for section, rows in document.items()
            for name, text in rows.items()
        }
    )


def find_text(key: str, language: str) -> str | None:
    """Return one sentence, `None` when the key has none."""
    return texts(language).get(key)
