"""Pages of `docs/` that are made from the code: problems, settings, open data, OpenAPI.

`python -m api.documents` writes them; a test fails while one of them is stale.
"""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from api.app import create_app
from api.problems import GENERAL, STATUS, iter_known, meaning_of
from api.settings import DatabaseSettings, Settings
from audits.opendata.collections import TABLES
from audits.opendata.columns import Column, definitions, describe_word
from geo.errors import DomainError

DOCS = Path(__file__).resolve().parents[1] / "docs"
_PACKAGES = ("geo", "audits", "api")


def iter_problems() -> Iterator[type[DomainError]]:
    """Give every kind of domain error of the whole program, by code."""
    for package in _PACKAGES:
        root = importlib.import_module(package)
        for module in pkgutil.walk_packages(root.__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    yield from sorted(iter_known(), key=lambda error: error.code)


def render_problems() -> str:
    """Write the catalogue of problems."""
    lines = [
        "# Problems",
        "",
        "Every error is an RFC 9457 problem (`application/problem+json`).",
        "Its `type` is `/problems/<code>`, which is a page that says what stands here.",
        "Decide by the code; the text is for people and may change.",
        "`retryable` is true where the same request may succeed later; `Retry-After` says when.",
        "",
        "| code | status | what it means |",
        "|---|---|---|",
    ]
    rows = {error.code: (STATUS[error.kind], meaning_of(error)) for error in iter_problems()}
    for code, (status, meaning) in sorted({**GENERAL, **rows}.items()):
        lines.append(f"| `{code}` | {status} | {meaning} |")
    return "\n".join(lines) + "\n"


def render_settings() -> str:
    """Write the list of settings."""
    lines = [
        "# Settings",
        "",
        "Read from the environment at start; nothing else is read.",
        "",
        "| variable | default | what it is |",
        "|---|---|---|",
    ]
    lines += _setting_rows(Settings, "ESIK_")
    return "\n".join(lines) + "\n"


def _setting_rows(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _setting_rows(kind, f"{prefix}{name.upper()}__")
        else:
            variable = f"{prefix}{name.upper()}"
            yield f"| `{variable}` | {_default(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    default: Any = field.default
    return "needed" if default is PydanticUndefined else f"`{default}`"


def render_openapi() -> str:
    """Write the OpenAPI document, so that a change of the API shows in review."""
    database = DatabaseSettings(url=SecretStr("postgresql+psycopg://127.0.0.1/none"))
    document = create_app(Settings(database=database)).openapi()
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def render_open_data() -> str:
    """Write what every word and column of the open data means."""
    lines = [
        "# Columns and words of the open data",
        "",
        "The same texts come with the data as `definitions.json`, in three languages.",
    ]
    for group, rows in definitions().items():
        if group not in {"collection", "collection_title"}:
            lines += ["", f"## {group.capitalize()}", "", "| word | what it means |", "|---|---|"]
            lines += [f"| `{key}` | {texts['en']} |" for key, texts in rows.items()]
    for collection in TABLES.values():
        lines += [
            "",
            f"## `{collection.name}`",
            "",
            describe_word("collection", collection.name, "en"),
            "",
            "| column | type | values or unit | filter | what it means |",
            "|---|---|---|---|---|",
        ]
        lines += [_column_row(column) for column in collection.published]
    return "\n".join(lines) + "\n"


def _column_row(column: Column) -> str:
    values = ", ".join(f"`{each}`" for each in column.choices) or column.unit
    marks = "yes" if column.filterable else ""
    kind = column.kind.value if column.always else f"{column.kind.value}, may be empty"
    return f"| `{column.name}` | {kind} | {values} | {marks} | {column.describe('en')} |"


PAGES = {
    "problems.md": render_problems,
    "settings.md": render_settings,
    "openapi.json": render_openapi,
    "open-data-columns.md": render_open_data,
}


def write_pages() -> None:
    """Write every page that is made from the code."""
    for name, render in PAGES.items():
        (DOCS / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    write_pages()
