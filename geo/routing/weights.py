"""Weights of arcs as a search meets them, each sort of arc priced once.

Arcs that differ in nothing but their length share two numbers: seconds per metre and seconds
once. A table holds both per direction and sort, with the number of the rules under which they
were computed; for other rules they are computed again when they are next met. So any limit
costs the same, and nothing has to be computed for a whole country. Pure kernels.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.routing.costs import Rules, price, price_parts
from geo.routing.kernels import inline, kernel, maker
from geo.routing.view import View

AHEAD, BEHIND = 0, 1
"""Directions of a search: from the start along the arcs, from the end against them."""

PRICE = np.dtype([("each", np.float32), ("once", np.float32), ("number", np.int64)], align=True)
"""Seconds per metre and once of a sort of arc; counts only for the rules with that number."""


@inline
def price_sort(
    sorts: NDArray[Any], rules: Rules, prices: NDArray[Any], side: int, sort: int
) -> None:
    """Compute the prices of a sort of arc."""
    each, once = price_parts(rules, sorts[sort], 1 - 2 * side)
    known = prices[side, sort]
    known.each = each
    known.once = once
    known.number = rules.number


@inline
def find_patch(view: View, arc: int) -> int:
    """Return the row of what was laid over an arc of the base, -1 where nothing was."""
    found = np.searchsorted(view.patch_arc, arc)
    if found < len(view.patch_arc) and view.patch_arc[found] == arc:
        return int(found)
    return -1


@inline
def weigh_arc(view: View, rules: Rules, prices: NDArray[Any], side: int, arc: int) -> float:
    """Return the weight of an arc of the base, with what was laid over it."""
    patch = find_patch(view, arc)
    if patch >= 0:
        return price(rules, view.patches[patch], 1 - 2 * side)
    sort = view.sort[arc]
    known = prices[side, sort]
    if known.number != rules.number:
        price_sort(view.sorts, rules, prices, side, sort)
    return float(view.length_m[arc] * known.each + known.once)


@inline
def _least_of(records: NDArray[Any], rules: Rules) -> float:
    least = np.inf
    for number in range(len(records)):
        for sign in (1, -1):
            each, once = price_parts(rules, records[number], sign)
            if once < np.inf:
                least = min(least, float(each))
    return least


@kernel
def find_least_pace(view: View, rules: Rules) -> float:
    """Return the fewest weighed seconds for a metre of anything that is open to this person.

    Infinite where nothing is. What was laid over the base counts besides what it hides.
    """
    changed = min(_least_of(view.patches, rules), _least_of(view.links, rules))
    return min(_least_of(view.sorts, rules), changed)


@maker
def price_all(view: View, rules: Rules, side: int, weight: NDArray[np.float32]) -> None:
    """Compute every weight of one direction at once into row `side`, as a search would."""
    prices = np.zeros((2, len(view.sorts)), PRICE)
    for arc in range(len(view.head)):
        weight[side, arc] = weigh_arc(view, rules, prices, side, arc)
