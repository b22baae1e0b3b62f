"""Fixtures of the proofs about routes."""

from tests.support.osm_import import load, look

__all__ = ["load", "look"]
