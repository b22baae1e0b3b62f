"""The walking network in the OpenSidewalks format: taken in as a network, given out whole.

Owns the mapping between that format's fields and the columns of the street tables. The swap of
networks and the matching of what people said belong to `geo.osm`.
"""
