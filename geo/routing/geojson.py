"""The answer as GeoJSON (RFC 7946): one feature per segment, the whole in `properties`.

Numbers keep their units in their names; unknown is null, never zero. Words for evidence are
`audited`, `mapped`, `assumed`, `missing`, in metres per limit.
"""

from collections.abc import Sequence
from typing import Any

from geo.mobility.surfaces import SmoothnessRank, SurfaceRank
from geo.routing.answer import NoRoute, Notice, Obstruction, Place, Route, Segment, Step
from geo.routing.encoding import Crossing, RoadClass, Side
from geo.routing.texts import choose_name, render, render_step

Json = dict[str, Any]


def as_geojson(route: Route, language: str) -> Json:
    """Return a route with its segments, steps, evidence and warnings."""
    return {
        "type": "FeatureCollection",
        "features": [_segment(segment, language) for segment in route.segments],
        "properties": {
            "distance_m": round(route.length_mm / 1000, 1),
            "duration_s": round(route.duration_s),
            "climb_m": round(route.climb_mm / 1000, 1),
            "descent_m": round(route.descent_mm / 1000, 1),
            "evidence_m": {
                limit.name.lower(): {
                    source.name.lower(): round(length / 1000, 3) for source, length in parts.items()
                }
                for limit, parts in route.evidence_mm.items()
            },
            "steps": [_step(step, language) for step in route.steps],
            "warnings": [
                {"key": warning.key, "text": render(warning, language)}
                for warning in route.warnings
            ],
            "origin_index": route.origin_index,
            "target_index": route.target_index,
            "network": {"key": route.graph_key, "version": route.overlay_version},
        },
    }


def explain_as_geojson(answer: NoRoute, language: str) -> Json:
    """Return why there is no way: one feature per barrier."""
    return {
        "type": "FeatureCollection",
        "features": [_obstruction(each, language) for each in answer.obstructions],
        "properties": {
            "reason": answer.reason.value,
            "reached": list(answer.reached) if answer.reached else None,
            "reached_m": round(answer.reached_mm / 1000, 1),
            "remaining_m": round(answer.remaining_mm / 1000, 1),
            "target_index": answer.target_index,
            "network": {"key": answer.graph_key, "version": answer.overlay_version},
        },
    }


def _segment(segment: Segment, language: str) -> Json:
    return {
        "type": "Feature",
        "geometry": _line(segment.shape),
        "properties": {
            "kind": segment.kind.value,
            "name": choose_name(segment.name, language) or None,
            "length_m": round(segment.length_mm / 1000, 3),
            "duration_s": round(segment.duration_s, 1),
            "side": _word(segment.side, Side.NONE),
            "road_class": _word(segment.road_class, RoadClass.NONE),
            "crossing": _word(segment.crossing, Crossing.NONE),
            "inferred": segment.inferred,
            "slope_permille": segment.slope_permille,
            "cross_slope_permille": segment.cross_slope_permille,
            "width_mm": segment.width_mm,
            "passage_mm": segment.passage_mm,
            "kerb_mm": segment.kerb_mm,
            "steps": segment.steps,
            "surface": _rank(SurfaceRank, segment.surface),
            "smoothness": _rank(SmoothnessRank, segment.smoothness),
            "evidence": {k.name.lower(): v.name.lower() for k, v in segment.evidence.items()},
            "help": [each.name.lower() for each in segment.helps],
            "notices": [_notice(notice) for notice in segment.notices],
            "edge_id": segment.edge_id or None,
            "osm_way_id": segment.osm_way_id or None,
        },
    }


def _step(step: Step, language: str) -> Json:
    return {
        "key": step.phrase.key,
        "text": render_step(step, language),
        "instruction": render(step.phrase, language),
        "remarks": [
            {"key": remark.key, "text": render(remark, language)} for remark in step.remarks
        ],
        "place": list(step.place),
        "distance_m": round(step.length_mm / 1000, 1),
        "duration_s": round(step.duration_s),
        "first_segment": step.first_segment,
        "segment_count": step.segment_count,
    }


def _obstruction(each: Obstruction, language: str) -> Json:
    return {
        "type": "Feature",
        "geometry": _line(each.shape),
        "properties": {
            "hindrance": each.hindrance.name.lower(),
            "name": choose_name(each.name, language) or None,
            "length_m": round(each.length_mm / 1000, 1),
            "measured": each.measured,
            "limit": each.limit,
            "unit": each.unit or None,
            "evidence": each.evidence.name.lower(),
            "edge_ids": list(each.edge_ids),
            "notices": [_notice(notice) for notice in each.notices],
        },
    }


def _notice(notice: Notice) -> Json:
    return {
        "kind": notice.kind,
        "state": notice.state,
        "until": notice.until.isoformat() if notice.until else None,
        "ref": notice.ref,
    }


def _line(shape: Sequence[Place]) -> Json:
    return {
        "type": "LineString",
        "coordinates": [[round(lon, 7), round(lat, 7)] for lon, lat in shape],
    }


def _word(value: Side | RoadClass | Crossing, none: Side | RoadClass | Crossing) -> str | None:
    return None if value is none else value.name.lower()


def _rank(ranks: type[SurfaceRank] | type[SmoothnessRank], value: int | None) -> str | None:
    return None if value is None else ranks(value).name.lower()
