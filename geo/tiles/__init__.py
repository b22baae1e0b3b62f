"""Vector tiles: what is drawn at which zoom, the statements that draw it, and a fresh cache.

Owns the layers, their SQL, the counts per cell of far-out maps, the epochs that make a cached
tile invalid and the cache itself. Knows neither HTTP nor styles. Invariant: a tile is stored
under the epoch that was in force before its statement began, so an old tile never carries a new
tag.
"""
