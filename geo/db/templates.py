"""Statements with named gaps: texts of `statements/`, filled with fragments that Python knows."""

from collections.abc import Mapping
from importlib import resources
from string import Template

from sqlalchemy import TextClause, text


def read_statement(package: str, name: str, fragments: Mapping[str, str]) -> TextClause:
    """Read a statement of a package and fill its gaps; raises KeyError for one without fragment."""
    source = resources.files(package).joinpath("statements", f"{name}.sql")
    return text(Template(source.read_text(encoding="utf-8")).substitute(fragments))
