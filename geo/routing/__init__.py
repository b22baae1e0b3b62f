"""Accessible walking routes on the street network.

Owns the routing graph (arrays in one file, mapped into memory), the changes laid over it, the
costs of each person, search, snapping, directions and the answer. It does not own limits and
words (`geo.mobility`), the tables (`geo.network`) or which door of a building wins (audits).

Invariants: an answer is computed on one immutable pair of base and overlay; a limit closes a
stretch only by what was audited or mapped, never by an assumption; and what is not known is
counted as such, never as accessible.

Callers use `geo.routing.service`. Importing this package alone loads no compiler.
"""
