"""Fixtures of the exchange in the OpenSidewalks format."""

from tests.support.osm_import import load, look

__all__ = ["load", "look"]
