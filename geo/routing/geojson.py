"""The answer as GeoJSON (RFC 7946): one feature per segment, the whole in `properties`.

Numbers keep their units in their names; unknown is null, never zero. Words for evidence are
`audited`, `mapped`, `assumed`, `missing`, in metres per limit.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from geo.mobility.surfaces import SmoothnessRank, SurfaceRank
from geo.routing.answer import NoRoute, Obstruction, Phrase, Place, Route, Segment, Step
from geo.routing.directions.telling import Phrases, Steps
from geo.routing.encoding import Crossing, Evidence, LimitKind, RoadClass, Side
from geo.routing.segments import as_stretches
from geo.routing.texts import choose_name, render
from geo.routing.writing.features import show_notice, write_features
from geo.routing.writing.steps import write_told

Json = dict[str, Any]

_LIMITS = [limit.name.lower() for limit in LimitKind]
_SOURCES = [source.name.lower() for source in Evidence]
"""By number."""


def as_geojson(route: Route, language: str) -> Json:
    """Return a route with its segments, steps, evidence and warnings."""
    return _collect(
        *(route, [_segment(segment, language) for segment in route.segments]),
        [_step(step, language) for step in route.steps],
        [_phrase(warning, language) for warning in route.warnings],
    )


def as_written(route: Route, language: str) -> Json:
    """Return what `as_geojson` does, most of it written already: for `orjson` only.

    What a route keeps as rows is written straight from them; steps and warnings that somebody
    made by hand are written as they are.
    """
    steps: _Members
    warnings: _Members
    if isinstance(route.steps, Steps) and isinstance(route.warnings, Phrases):
        steps, warnings = map(orjson.Fragment, write_told(route.steps, route.warnings, language))
    else:
        steps = [_step(step, language) for step in route.steps]
        warnings = [_phrase(warning, language) for warning in route.warnings]
    features = orjson.Fragment(write_features(as_stretches(route.segments), language))
    return _collect(route, features, steps, warnings)


def dump_geojson(route: Route, language: str) -> bytes:
    """Return a route as the bytes of its GeoJSON."""
    return orjson.dumps(as_written(route, language))


_Members = list[Json] | orjson.Fragment
"""What stands in a list, as it is or written."""


def _collect(route: Route, features: _Members, steps: _Members, warnings: _Members) -> Json:
    return {
        "type": "FeatureCollection",
        "features": features,
        "properties": {
            "distance_m": round(route.length_mm / 1000, 1),
            "duration_s": round(route.duration_s),
            "climb_m": round(route.climb_mm / 1000, 1),
            "descent_m": round(route.descent_mm / 1000, 1),
            "evidence_m": {
                limit: {
                    "missing": missing / 1000,
                    "assumed": assumed / 1000,
                    "mapped": mapped / 1000,
                    "audited": audited / 1000,
                }
                for limit, (missing, assumed, mapped, audited) in zip(
                    _LIMITS, route.evidence_mm, strict=True
                )
            },
            "steps": steps,
            "warnings": warnings,
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
            "length_m": segment.length_mm / 1000,
            "duration_s": round(segment.duration_s, 1),
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
            "notices": [show_notice(notice) for notice in segment.notices],
            "edge_id": segment.edge_id or None,
            "osm_way_id": segment.osm_way_id or None,
        },
    }


def _step(step: Step, language: str) -> Json:
    instruction = render(step.phrase, language)
    remarks = [_phrase(remark, language) for remark in step.remarks]
    return {
        "key": step.phrase.key,
        "text": " ".join([instruction, *(each["text"] for each in remarks)]),
        "instruction": instruction,
        "remarks": remarks,
        "place": _round(step.place),
        "distance_m": round(step.length_mm / 1000, 1),
        "duration_s": round(step.duration_s),
        "first_segment": step.first_segment,
        "segment_count": step.segment_count,
    }


def _phrase(phrase: Phrase, language: str) -> Json:
    return {"key": phrase.key, "text": render(phrase, language)}


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
            "notices": [show_notice(notice) for notice in each.notices],
        },
    }


def _line(shape: Sequence[Place]) -> Json:
    return {"type": "LineString", "coordinates": [_round(place) for place in shape]}


def _round(place: Place) -> Place:
    lon, lat = place
    return round(lon, 7), round(lat, 7)


def _word(value: Side | RoadClass | Crossing, none: Side | RoadClass | Crossing) -> str | None:
    return None if value is none else value.name.lower()


def _rank(ranks: type[SurfaceRank] | type[SmoothnessRank], value: int | None) -> str | None:
    return None if value is None else ranks(value).name.lower()
