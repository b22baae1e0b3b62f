"""Benchmarks: each module here has a `run() -> list[Row]`; `make bench` calls them all.

A row compares ours with a peer in the same run, so that the ratio survives a change of
machine or load.  Nothing here is part of `make test`: tests assert no wall-clock times.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One comparison: the same work done by us and by a peer, in the same unit.

    `unit` says what both numbers are (`ms`, `MB`, `requests/s`); `better` which way is good.
    """

    what: str
    ours: float
    peer: str
    theirs: float
    unit: str
    better: str = "lower"

    @property
    def ratio(self) -> float:
        """How many times better we are; below one we are worse."""
        if not self.ours or not self.theirs:
            return float("nan")
        return self.theirs / self.ours if self.better == "lower" else self.ours / self.theirs
