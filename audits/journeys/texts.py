"""Sentences about stops on a way in Kazakh, Russian and English (`texts.*.toml`).

What is said of a way itself, step by step, has its sentences in `geo.routing.texts`.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

LANGUAGES = ("kk", "ru", "en")


def say(key: str, language: str, **params: object) -> str:
    """Return a whole sentence; raises `KeyError` for a key or language that does not exist."""
    return load(language)[key].format_map(params)


@cache
def load(language: str) -> Mapping[str, str]:
    """Return every sentence of a language by key; raises `KeyError` for another language."""
    if language not in LANGUAGES:
        raise KeyError(language)
    name = f"texts.{language}.toml"
    return tomllib.loads(files("audits.journeys").joinpath(name).read_text(encoding="utf-8"))
