"""From a way as rows to its steps: message keys with parameters, no sentences.

A step is one thing to do: walk along a street, cross it, take the stairs, ride a lift. What is
worth knowing on the way (slope, surface, kerbs, help, what nobody surveyed) are remarks of the
step. `geo.routing.texts` turns both into whole sentences.

One kernel decides everything (`steps.describe_way`): `legs` cuts the way, `phrases`, `remarks`
and `guide` say what is said on each leg, `warnings` what holds for the whole.

Invariant: the steps cover every segment once, in order. What holds for most of a way is said
once as a warning, what holds for a part is said where it is. Pure.
"""

from geo.routing.directions.describing import Description, Guidebook, describe

__all__ = ["Description", "Guidebook", "describe"]
