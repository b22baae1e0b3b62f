"""The published form of a catalogue."""

from typing import Any

from audits.catalogue.model import Catalogue


def as_json(catalogue: Catalogue, language: str | None = None) -> dict[str, Any]:
    """Return the whole catalogue as plain data, with texts in one language or in all.

    The same input gives the same output, so it may be cached under `content_hash`.
    """
    languages = catalogue.texts if language is None else (language,)
    return {
        "version": catalogue.version,
        "hash": catalogue.content_hash,
        "zones": list(catalogue.zones),
        "fields": [item.as_json() for item in catalogue.fields.values()],
        "texts": {name: dict(catalogue.texts[name]) for name in languages},
    }
