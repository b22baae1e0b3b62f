"""What an import did, for a person at a terminal and for the record."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from geo.osm.swap import Unmatched

_LISTED = 20


@dataclass(slots=True)
class ImportSummary:
    """Counts, seconds per step, and everything that could not be used or attached."""

    import_id: UUID
    source_name: str
    counts: dict[str, int] = field(default_factory=dict)
    by_kind: dict[str, int] = field(default_factory=dict)
    """Places by kind."""
    by_sector: dict[str, int] = field(default_factory=dict)
    edges_by_kind: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    unmatched: list[Unmatched] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    bounds: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """West, south, east, north of the walkable network in degrees."""
    districts_from: str = ""

    def as_counts(self) -> dict[str, Any]:
        """Give what the row of `network_imports` keeps."""
        return {
            **self.counts,
            "places_by_kind": self.by_kind,
            "places_by_sector": self.by_sector,
            "edges_by_kind": self.edges_by_kind,
            "districts_from": self.districts_from,
            "seconds": self.seconds,
            "unmatched": [
                {"table": each.table, "id": str(each.id), "lon": each.lon, "lat": each.lat}
                for each in self.unmatched
            ],
            "warnings": self.warnings,
        }

    def lines(self) -> list[str]:
        """Say it in plain lines for a terminal."""
        said = [f"{self.source_name}: imported in {sum(self.seconds.values()):.1f} s"]
        said += [f"  {name.replace('_', ' ')}: {count:,}" for name, count in self.counts.items()]
        said.append("  places: " + _listing(self.by_kind))
        said.append("  sectors: " + _listing(self.by_sector))
        said.append("  edges: " + _listing(self.edges_by_kind))
        said.append(f"  districts from: {self.districts_from}")
        said.append("  seconds: " + ", ".join(f"{k} {v:.1f}" for k, v in self.seconds.items()))
        said += [f"  warning: {warning}" for warning in self.warnings]
        said += [
            f"  no street fits {each.table} {each.id} at {each.lon:.6f}, {each.lat:.6f}"
            for each in self.unmatched
        ]
        return said


def _listing(counts: dict[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{name} {count:,}" for name, count in ordered) or "none"


def shorten(ids: list[Any]) -> str:
    """List the first ids, and say how many more there are."""
    shown = ", ".join(str(each) for each in ids[:_LISTED])
    more = len(ids) - _LISTED
    return f"{shown} and {more:,} more" if more > 0 else shown
