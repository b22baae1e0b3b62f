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
from geo.routing.texts import LANGUAGES, choose_name, render
from geo.routing.walks import SAID

Json = dict[str, Any]

_LIMITS = {limit: limit.name.lower() for limit in LimitKind}
_SOURCES = {source: source.name.lower() for source in Evidence}


def as_geojson(route: Route, language: str) -> Json:
    """Return a route with its segments, steps, evidence and warnings."""
    features = [_segment(segment, language) for segment in route.segments]
    return _collect(route, language, features)


def as_written(route: Route, language: str) -> Json:
    """Return what `as_geojson` does, its features written already: for `orjson` only."""
    return _collect(route, language, orjson.Fragment(write_features(route.segments, language)))


def dump_geojson(route: Route, language: str) -> bytes:
    """Return a route as the bytes of its GeoJSON."""
    return orjson.dumps(as_written(route, language))


def _collect(route: Route, language: str, features: list[Json] | orjson.Fragment) -> Json:
    return {
        "type": "FeatureCollection",
        "features": features,
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


def write_features(segments: Sequence[Segment], language: str) -> bytes:
    """Return the features of `as_geojson` as the bytes of a list.

    Segments of the base share most of what is said of them, so that is written once for all
    (`walks.make_segments`); lines, lengths and times are written in one go each.
    """
    if not segments:
        return b"[]"
    shapes = [s.shape if s.osm_way_id else _round(s.shape) for s in segments]
    lines = orjson.dumps(shapes)[3:-3].split(b"]],[[")
    lengths = _write_numbers([s.length_mm / 1000 for s in segments])
    times = _write_numbers([round(s.duration_s, 1) for s in segments])
    parts: list[bytes] = []
    for segment, line, length, time in zip(segments, lines, lengths, times, strict=True):
        before, after = _write_alike(segment, language)
        # Every line begins with the brackets that were split off between two of them.
        parts += (_LINE, line, before, length, _TIME, time, after)
        if segment.notices:
            parts.append(orjson.dumps([_notice(notice) for notice in segment.notices]))
        else:
            parts.append(b"[]")
        edge, way = segment.edge_id, segment.osm_way_id
        if edge and way:
            parts.append(b',"edge_id":%d,"osm_way_id":%d}}' % (edge, way))
        else:
            parts.append(b',"edge_id":%b,"osm_way_id":%b}}' % (_digits(edge), _digits(way)))
    return b"[" + b"".join(parts)[1:] + b"]"


_LINE = b',{"type":"Feature","geometry":{"type":"LineString","coordinates":[['
_TIME = b',"duration_s":'


def _digits(number: int) -> bytes:
    return b"%d" % number if number else b"null"


def _write_numbers(numbers: list[float]) -> list[bytes]:
    return orjson.dumps(numbers)[1:-1].split(b",")


def _write_alike(segment: Segment, language: str) -> tuple[bytes, bytes]:
    """Return what stands before the length of a stretch, and after its time."""
    alike = segment.__dict__.get(SAID)
    key = _WRITTEN[language]
    known: tuple[bytes, bytes] | None = None if alike is None else alike.get(key)
    if known is None:
        kind = orjson.dumps(segment.kind.value)
        said = orjson.dumps(_describe(segment, language))
        before = b']]},"properties":{"kind":%b,"length_m":' % kind
        known = before, b',%b,"notices":' % said[1:-1]
        if alike is not None:
            alike[key] = known
    return known


_WRITTEN = {language: f"written {language}" for language in LANGUAGES}
"""Where segments that are alike keep what was written of them."""


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
        "coordinates": _round(shape),
    }


def _round(shape: Sequence[Place]) -> list[Place]:
    return [(round(lon, 7), round(lat, 7)) for lon, lat in shape]


def _word(value: Side | RoadClass | Crossing, none: Side | RoadClass | Crossing) -> str | None:
    return None if value is none else value.name.lower()


def _rank(ranks: type[SurfaceRank] | type[SmoothnessRank], value: int | None) -> str | None:
    return None if value is None else ranks(value).name.lower()
