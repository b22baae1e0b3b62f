"""From segments to steps: message keys with parameters, no sentences.

A step is one thing to do: walk along a street, cross it, take the stairs, ride a lift. What is
worth knowing on the way (slope, surface, kerbs, help, what nobody surveyed) are remarks of the
step. `geo.routing.texts` turns both into whole sentences.

Invariant: the steps cover every segment once, in order. What holds for most of a way is said
once as a warning, what holds for a part is said where it is. Pure.
"""

from geo.routing.directions.steps import describe
from geo.routing.directions.warnings import list_warnings
from geo.routing.directions.whole import summarise

__all__ = ["describe", "list_warnings", "summarise"]
