"""Fixtures of the imports of extracts."""

from tests.support.osm_import import load, look

__all__ = ["load", "look"]
