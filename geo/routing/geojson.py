"""The answer as GeoJSON (RFC 7946): one feature per segment, the whole in `properties`.

Numbers keep their units in their names; unknown is null, never zero. Words for evidence are
`audited`, `mapped`, `assumed`, `missing`, in metres per limit.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from geo.mobility.surfaces import SmoothnessRank, SurfaceRank
from geo.routing.answer import NoRoute, Notice, Obstruction, Place, Route, Segment, Step
from geo.routing.encoding import Crossing, Evidence, LimitKind, RoadClass, Side
from geo.routing.texts import choose_name, render
from geo.routing.walks import SAID

Json = dict[str, Any]

_LIMITS = {limit: limit.name.lower() for limit in LimitKind}
_SOURCES = {source: source.name.lower() for source in Evidence}


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
                _LIMITS[limit]: {_SOURCES[each]: parts[each] / 1000 for each in parts}
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


def dump_geojson(route: Route, language: str) -> bytes:
    """Return a route as the bytes of its GeoJSON."""
    return orjson.dumps(as_geojson(route, language))


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
    # Segments of the base share most of what is said of them; see `walks.make_segments`.
    alike = segment.__dict__.get(SAID)
    said = None if alike is None else alike.get(language)
    if said is None:
        said = _describe(segment, language)
        if alike is not None:
            alike[language] = said
    if segment.osm_way_id:
        line: Json = {"type": "LineString", "coordinates": segment.shape}
    else:
        line = _line(segment.shape)
    properties = {
        "kind": segment.kind.value,
        "length_m": segment.length_mm / 1000,
        "duration_s": round(segment.duration_s, 1),
        **said,
        "notices": [_notice(notice) for notice in segment.notices],
        "edge_id": segment.edge_id or None,
        "osm_way_id": segment.osm_way_id or None,
    }
    return {"type": "Feature", "geometry": line, "properties": properties}


def _describe(segment: Segment, language: str) -> Json:
    """Return what is said of a stretch apart from where it is and how long."""
    return {
        "name": choose_name(segment.name, language) or None,
        "name_inferred": segment.name_inferred,
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
        "evidence": {_LIMITS[k]: _SOURCES[v] for k, v in segment.evidence.items()},
        "help": [each.name.lower() for each in segment.helps],
    }


def _step(step: Step, language: str) -> Json:
    instruction = render(step.phrase, language)
    remarks = [{"key": each.key, "text": render(each, language)} for each in step.remarks]
    return {
        "key": step.phrase.key,
        "text": " ".join([instruction, *(each["text"] for each in remarks)]),
        "instruction": instruction,
        "remarks": remarks,
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
