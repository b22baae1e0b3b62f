"""Named places beside the streets, by which people find their way.

Read once with the network (`reading`), held as a grid that is asked with one look-up per point
(`grid`). Which of them a step mentions is decided by `geo.routing.directions`.
"""

from geo.routing.landmarks.grid import Landmark, Landmarks, make_landmarks
from geo.routing.landmarks.kinds import classify

__all__ = ["Landmark", "Landmarks", "classify", "make_landmarks"]
