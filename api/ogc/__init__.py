"""OGC API - Features, Part 1 (OGC 17-069r4): core, GeoJSON, HTML and OpenAPI 3.0, read-only.

Owns the shape of the standard's resources. Which rows and columns are public is decided by
`audits.opendata`. Invariant: a parameter that is not described is refused, never ignored.
"""
