"""Everything that runs a whole Esik on one machine: PostgreSQL, processes, `esik up`.

Owns finding or installing PostGIS, the private database cluster, and starting and
stopping what belongs together.  Knows nothing of HTTP, tables or audits.  `postgis` and
`cluster` use the standard library only, so that tests and set-up can call them before
anything else works.
"""
