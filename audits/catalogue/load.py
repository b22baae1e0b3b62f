"""Read a catalogue version from its packaged TOML files."""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from audits.catalogue.model import Catalogue, Condition, Depth, Field, FieldType

LANGUAGES = ("kk", "ru", "en")
VERSIONS = ("1",)
"""Every version that can still be read; old audits keep theirs for ever."""

_ZONE_FILES = (
    "z0_place",
    "z1_approach",
    "z2_parking",
    "z3_entrance",
    "z4_inside",
    "z5_service_point",
    "z6_toilet",
    "z7_information",
    "z8_service",
    "z9_family",
    "z10_stop",
    "street",
)


def latest() -> Catalogue:
    """Return the newest catalogue."""
    return load_catalogue(VERSIONS[-1])


def find_catalogue(version: str) -> Catalogue | None:
    """Return a version, `None` when it was never published."""
    return load_catalogue(version) if version in VERSIONS else None


@cache
def load_catalogue(version: str) -> Catalogue:
    """Return a published version; raises `LookupError` for any other name."""
    if version not in VERSIONS:
        raise LookupError(f"no catalogue version {version}")
    folder = files("audits.catalogue").joinpath(f"v{version}")
    choices: dict[str, list[str]] = _read(folder, "choices")["choices"]
    fields: dict[str, Field] = {}
    zones = []
    for name in _ZONE_FILES:
        document = _read(folder, name)
        zones.append(document["title"])
        for key, row in document["field"].items():
            fields[key] = _field(key, document["title"], row, choices)
    texts = {language: _texts(folder, language) for language in LANGUAGES}
    return Catalogue(
        version=version,
        zones=tuple(zones),
        fields=MappingProxyType(fields),
        texts=MappingProxyType(texts),
        content_hash=_hash(version, fields.values(), texts),
    )


def _read(folder: Traversable, name: str) -> dict[str, Any]:
    return tomllib.loads(folder.joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def _field(name: str, zone: str, row: dict[str, Any], choices: dict[str, list[str]]) -> Field:
    low, high = row.get("range", (None, None))
    return Field(
        name=name,
        zone=zone,
        elements=tuple(row["on"]),
        type=FieldType(row["type"]),
        depth=Depth(row.get("depth", "passport")),
        low=low,
        high=high,
        choice_set=row.get("choices"),
        choices=tuple(choices[row["choices"]]) if "choices" in row else (),
        when=tuple(_condition(condition) for condition in row.get("when", ())),
        valid_days=row.get("valid_days"),
        picture=row.get("picture"),
        a11yjson=row.get("a11yjson"),
        osm=row.get("osm"),
    )


def _condition(row: dict[str, Any]) -> Condition:
    return Condition(
        field=row["field"],
        one_of=tuple(row.get("in", ())),
        at_least=row.get("at_least"),
        equals=row.get("is"),
    )


def _texts(folder: Traversable, language: str) -> Mapping[str, str]:
    """Flatten a text file: `field."door.kind"` = [label, help] becomes two message keys."""
    document = _read(folder, f"texts.{language}")
    flat: dict[str, str] = {}
    for name, (label, help_text) in document.pop("field").items():
        flat[f"field.{name}.label"] = label
        flat[f"field.{name}.help"] = help_text
    for name, words in document.pop("choices").items():
        flat.update({f"choice.{name}.{value}": text for value, text in words.items()})
    for section, rows in document.items():
        flat.update({f"{section}.{key}": text for key, text in rows.items()})
    return MappingProxyType(flat)


def _hash(version: str, fields: Iterable[Field], texts: dict[str, Mapping[str, str]]) -> str:
    content = {
        "version": version,
        "fields": [item.as_json() for item in fields],
        "texts": {language: dict(rows) for language, rows in texts.items()},
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
