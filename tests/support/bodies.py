"""Bodies of audits as phones send them."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

# Two days ago, the same for all bodies of a run: what is seen of a lift holds for a month only.
_BEGUN = datetime.now(timezone(timedelta(hours=5))).replace(microsecond=0) - timedelta(days=2)


def observe(element_id: object, field: str, value: object, method: str = "tape") -> dict[str, Any]:
    """Give one answer with a value."""
    return {
        "element_id": None if element_id is None else str(element_id),
        "field": field,
        "state": "value",
        "value": value,
        "method": method,
    }


def audit_of_a_street(
    element: dict[str, Any], *answers: dict[str, Any], **more: object
) -> dict[str, Any]:
    """Give an audit of one part of the street, just finished."""
    now = datetime.now(UTC)
    return {
        "catalogue_version": "1",
        "depth": "volunteer",
        "started_at": (now - timedelta(minutes=5)).isoformat(),
        "finished_at": now.isoformat(),
        "position": {"lon": 76.93, "lat": 43.24, "accuracy_m": 5},
        "elements": [element],
        "observations": list(answers),
        **more,
    }


def audit_of_a_ramp(
    place_id: UUID, element_id: UUID, door: tuple[float, float] = (76.9305, 43.2402)
) -> dict[str, Any]:
    """Give an express audit that decides an entrance: a good ramp over a low step."""
    return {
        "place_id": str(place_id),
        "catalogue_version": "1",
        "depth": "express",
        "started_at": _BEGUN.isoformat(),
        "finished_at": (_BEGUN + timedelta(minutes=12)).isoformat(),
        "position": {"lon": door[0], "lat": door[1], "accuracy_m": 6},
        "elements": [
            {
                "id": str(element_id),
                "kind": "entrance",
                "geometry": {"type": "Point", "coordinates": list(door)},
            }
        ],
        "observations": [
            observe(element_id, "entrance.level_change", 160),
            observe(element_id, "ramp.kind", "fixed", "estimate"),
            observe(element_id, "ramp.slope", 70),
            observe(element_id, "ramp.width", 1250),
            observe(element_id, "door.clear_width", 920),
            observe(element_id, "door.threshold", 10),
            observe(element_id, "path.width_min", 1600),
            observe(element_id, "path.step_count", 0, "estimate"),
        ],
    }


def announce(photo_id: UUID, content: bytes) -> dict[str, Any]:
    """Give the manifest entry of a photo."""
    return {
        "id": str(photo_id),
        "sha256": hashlib.sha256(content).hexdigest(),
        "byte_count": len(content),
        "media_type": "image/jpeg",
    }
