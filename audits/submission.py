"""An audit as a phone sends it (pure)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from geo.places.kinds import ElementKind, PlaceKind, Sector

JsonValue = int | float | str | bool | None
"""A fraction is only ever here to be refused with a reason."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where the phone was: degrees, and its own estimate of the error in metres."""

    lon: float
    lat: float
    accuracy_m: int | None


@dataclass(frozen=True, slots=True)
class ProposedPlace:
    """A place that the map does not have; it becomes real when the audit is approved."""

    id: UUID
    kind: PlaceKind
    category: str
    lon: float
    lat: float
    sector: Sector = Sector.OTHER
    name: dict[str, str] = field(default_factory=dict)
    address: dict[str, str] = field(default_factory=dict)
    parent_id: UUID | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True)
class SubmittedElement:
    """A part that the audit speaks about; new when its id is not known yet."""

    id: UUID
    kind: ElementKind
    parent_id: UUID | None
    geometry: dict[str, Any] | None
    level: str | None
    name: dict[str, str]
    osm_way_id: int | None
    osm_node_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SubmittedObservation:
    """What was seen of one field, as sent."""

    element_id: UUID | None
    field: str
    state: str
    operator: str | None
    value: JsonValue
    precision: int | None
    method: str
    photo_ids: tuple[UUID, ...]
    observed_at: datetime | None
    unit: str | None = None
    """Optional; the field's own unit, or the answer is refused."""


@dataclass(frozen=True, slots=True)
class ManifestPhoto:
    """A photo that will follow."""

    id: UUID
    sha256: str
    byte_count: int
    media_type: str
    element_id: UUID | None
    field: str | None
    taken_at: datetime | None


@dataclass(frozen=True, slots=True)
class Submission:
    """One visit: the place, the parts, what was observed, and which photos will follow."""

    place_id: UUID | None
    catalogue_version: str
    depth: str
    started_at: datetime
    finished_at: datetime
    position: Position | None
    elements: tuple[SubmittedElement, ...]
    observations: tuple[SubmittedObservation, ...]
    photos: tuple[ManifestPhoto, ...]
    body: dict[str, Any]
    """The whole body as it was sent; the digest is taken from it."""
    new_place: ProposedPlace | None = None
    supersedes_id: UUID | None = None
    """An approved audit of the same author that this one replaces once it is approved itself."""
