"""The spatial core: places, streets, routing, tiles and search over PostGIS.

Imports neither `audits` nor `api`, knows no HTTP and reads no settings. What is known about
the accessibility of a place is pushed in by `audits`; geo never asks for it.
"""
