"""Keyed randomness for the demo city.

Every draw belongs to a stream named by the seed and a label, so adding a draw in one part of
the city never moves another part. Invariant: a stream depends on its key alone, not on the
process, the hash seed or the order in which streams are made.
"""

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """One stream of repeatable draws.

    Only `random.Random.random` is used, the one method whose sequence Python promises to keep.
    """

    def __init__(self, seed: int, *label: object) -> None:
        self._seed = seed
        self._label = label
        key = ":".join(str(part) for part in (seed, *label))
        self._source = random.Random(key)  # noqa: S311 - repeatable draws, no secrets

    def fork(self, *label: object) -> "Dice":
        """Open the stream of a part; it shares nothing with this one but the key."""
        return Dice(self._seed, *self._label, *label)

    def chance(self, share: float) -> bool:
        """Say yes in `share` (0 to 1) of the draws."""
        return self._source.random() < share

    def between(self, low: float, high: float) -> float:
        """Draw a number from low up to, not including, high."""
        return low + (high - low) * self._source.random()

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number, both ends included."""
        return low + int((high - low + 1) * self._source.random())

    def pick(self, items: Sequence[T]) -> T:
        """Draw one item, all equally likely."""
        return items[int(len(items) * self._source.random())]

    def weigh(self, weights: Mapping[T, float]) -> T:
        """Draw one key; its weight over the sum of weights is its probability."""
        left = self._source.random() * sum(weights.values())
        for key, weight in weights.items():
            left -= weight
            if left < 0:
                return key
        return next(reversed(list(weights)))

    def shuffle(self, items: Sequence[T]) -> list[T]:
        """Return the items in a drawn order; the given sequence stays as it is."""
        mixed = list(items)
        for last in range(len(mixed) - 1, 0, -1):
            other = int((last + 1) * self._source.random())
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed
