"""Bytes written from rows say what the plain form says, and never go beyond a buffer."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.routing.answer import Phrase, Route, Segment
from geo.routing.directions import codes
from geo.routing.directions.codes import KEYS, NOTE, PARAMS, REPORT
from geo.routing.directions.records import STEP
from geo.routing.directions.telling import Phrases, Steps, add_phrases
from geo.routing.encoding import Evidence, LimitKind
from geo.routing.geojson import as_geojson, as_written
from geo.routing.kernels import kernel
from geo.routing.landmarks import Landmark
from geo.routing.landmarks.grid import Anchor
from geo.routing.segments import as_stretches
from geo.routing.texts import LANGUAGES, format_distance, list_keys
from geo.routing.writing.digits import (
    ROOM,
    is_full,
    put_metres,
    put_place,
    put_tenths,
    put_whole,
)
from geo.routing.writing.features import write_features
from geo.routing.writing.lexicon import Lexica, Lexicon
from geo.routing.writing.sentences import tell_distance
from geo.routing.writing.steps import write_told
from tests.support.made_up_ways import degrees, names, seconds, texts, ways

ROUTE = Route(
    segments=[],
    steps=[],
    length_mm=0,
    duration_s=0.0,
    cost_s=0.0,
    climb_mm=0,
    descent_mm=0,
    evidence_mm=[[0] * len(Evidence) for _ in LimitKind],
    warnings=[],
    origin_index=0,
    target_index=0,
    graph_key="",
    overlay_version=0,
)
SAYABLE = [number for number, key in enumerate(KEYS) if key in list_keys("en")]
REPORTS = [Phrase("warning.reported.ice"), Phrase("warning.doubtful.ice", {"until": "2030-01-02"})]
NAMELESS = [dict[str, str]()].__getitem__
SPOT = ((76.9, 43.2),)
lengths = st.one_of(
    st.integers(0, 3000),
    st.integers(0, 3_000_000),
    st.integers(0, 400).map(lambda n: n * 500),
    st.integers(0, 100).map(lambda n: n * 50_000),
    st.integers(990_000, 1_000_000),
)
VALUES = {
    "distance_mm": lengths,
    "after_mm": lengths,
    "slope_permille": st.integers(-200, 200),
    "level_tenths": st.integers(-30, 99),
    "name": st.integers(1, 3),
    "place": st.integers(0, 2),
    "other": st.integers(0, 2),
}


@st.composite
def told(draw: st.DrawFn) -> Steps:
    """Return steps of all sorts of notes."""
    rows: list[tuple[int, ...]] = []
    steps: list[tuple[float, ...]] = []
    for _ in range(draw(st.integers(0, 4))):
        first, more = len(rows), draw(st.integers(0, 3))
        for _ in range(more + 1):
            key = draw(st.sampled_from([*SAYABLE, REPORT, REPORT + 1]))
            takes = PARAMS[key] if key < REPORT else ()
            values = [draw(VALUES.get(param, st.integers(0, 130))) for param in takes]
            rows.append((key, *values, 0, 0, 0)[:4])
        place = (draw(degrees), draw(degrees))
        numbers = (draw(lengths), draw(seconds), draw(st.integers(0, 99)), draw(st.integers(0, 9)))
        steps.append((*place, *numbers, first, more))
    called = [{}, *(draw(names) for _ in range(3))]
    kinds = ("bank", "bus_stop", "park")
    places = [Landmark(kind, kind, draw(names), SPOT) for kind in kinds]
    anchors = [Anchor(1, each, SPOT[0], each.title) for each in places]
    notes = np.array(rows, NOTE)
    return Steps(np.array(steps, STEP), Phrases(notes, called.__getitem__, anchors, REPORTS))


def write_steps(steps: Steps, language: str) -> bytes:
    """Return steps as bytes."""
    none = steps.phrases
    none = Phrases(none.notes[:0], none.names, none.anchors, none.reports, none.lexica)
    return write_told(steps, none, language)[0]


def write_phrases(phrases: Phrases, language: str) -> bytes:
    """Return phrases as bytes."""
    none = Phrases(phrases.notes[:0], phrases.names, phrases.anchors, phrases.reports)
    return write_told(Steps(np.zeros(0, STEP), none), phrases, language)[1]


def read(written: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return what was written, which must be what `orjson` would write."""
    value = orjson.loads(written)
    assert orjson.dumps(value) == written
    return value


@settings(max_examples=120, deadline=None)
@given(segments=ways, language=st.sampled_from(LANGUAGES))
def test_features_are_those_of_the_plain_form(segments: list[Segment], language: str) -> None:
    """Every member of every feature is the same, digit by digit."""
    plain = as_geojson(replace(ROUTE, segments=segments), language)["features"]
    written = write_features(as_stretches(segments), language)
    assert written == orjson.dumps(plain)
    assert read(written) == orjson.loads(orjson.dumps(plain))


@settings(max_examples=120, deadline=None)
@given(steps=told(), language=st.sampled_from(LANGUAGES))
def test_steps_are_those_of_the_plain_form(steps: Steps, language: str) -> None:
    """Sentences put together from pieces are those that `render` makes."""
    plain = as_geojson(replace(ROUTE, steps=list(steps), warnings=list(steps.phrases)), language)
    said = plain["properties"]
    written = [orjson.dumps(said[part]) for part in ("steps", "warnings")]
    assert list(write_told(steps, steps.phrases, language)) == written


@settings(max_examples=30, deadline=None)
@given(segments=ways, steps=told())
def test_a_route_is_written_alike_however_it_is_kept(segments: list[Segment], steps: Steps) -> None:
    """Rows and objects give the same bytes."""
    rows = replace(ROUTE, segments=as_stretches(segments), steps=steps, warnings=steps.phrases)
    objects = replace(ROUTE, segments=segments, steps=list(steps), warnings=list(steps.phrases))
    written = orjson.dumps(as_written(rows, "ru"))
    assert written == orjson.dumps(as_written(objects, "ru"))
    assert written == orjson.dumps(as_geojson(objects, "ru"))


def test_warnings_that_are_added_are_written_too() -> None:
    """A phrase that no kernel knows stands behind the others."""
    notes = np.array([(codes.WARN_KERBS, 0, 0, 0)], NOTE)
    closed = [Phrase("warning.place_closed"), Phrase("remark.door.width", {"width_mm": 805})]
    said = add_phrases(Phrases(notes, [{}].__getitem__, [], REPORTS), closed)
    assert isinstance(said, Phrases)
    plain = as_geojson(replace(ROUTE, warnings=said), "kk")["properties"]["warnings"]
    assert read(write_phrases(said, "kk")) == plain
    assert [each["key"] for each in plain] == ["warning.kerbs_unknown", *(c.key for c in closed)]


@kernel
def _write_all(
    out: NDArray[np.uint8], floats: NDArray[np.float64], wholes: NDArray[np.int64]
) -> int:
    at = 0
    for number in range(len(floats)):
        at = put_place(out, at, floats[number], -floats[number])
        at = put_tenths(out, at, abs(floats[number]))
    for number in range(len(wholes)):
        at = put_whole(out, at, wholes[number])
        at = put_metres(out, at, wholes[number])
    return at


@settings(max_examples=200, deadline=None)
@given(
    floats=st.lists(degrees | seconds, max_size=6),
    wholes=st.lists(st.integers(-(10**15), 10**15) | st.integers(-99, 99), max_size=6),
    size=st.integers(0, 400),
)
def test_nothing_is_written_beyond_a_buffer(
    floats: list[float], wholes: list[int], size: int
) -> None:
    """Whatever does not fit is left out and said to be."""
    buffer = np.full(1200, 7, np.uint8)
    arrays = np.array(floats, np.float64), np.array(wholes, np.int64)
    end = _write_all(buffer[:size], *arrays)
    assert (buffer[size:] == 7).all()
    whole = np.zeros(1200, np.uint8)
    right = _write_all(whole, *arrays)
    if is_full(buffer[:size], end):
        assert right + 2 * ROOM + ROOM >= size
    else:
        assert buffer[:end].tobytes() == whole[:right].tobytes()


@settings(max_examples=300, deadline=None)
@given(lon=degrees, lat=degrees, time=seconds, number=st.integers(-(10**18), 10**18))
def test_numbers_are_written_as_python_does(
    lon: float, lat: float, time: float, number: int
) -> None:
    """Rounded half to even of what the number exactly is, shortest form."""
    buffer = np.zeros(400, np.uint8)
    assert _write(put_place, buffer, lon, lat) == orjson.dumps((round(lon, 7), round(lat, 7)))
    assert _write(put_tenths, buffer, time) == orjson.dumps(round(time, 1))
    assert _write(put_whole, buffer, number) == b"%d" % number
    metres = abs(number) // 10**4
    assert _write(put_metres, buffer, metres) == orjson.dumps(metres / 1000)


def _write(put: Any, buffer: NDArray[np.uint8], *values: float) -> bytes:  # noqa: ANN401 - a kernel
    return buffer[: put(buffer, 0, *values)].tobytes()


def test_what_is_no_number_is_null() -> None:
    """JSON knows neither infinity nor "not a number"."""
    buffer = np.zeros(400, np.uint8)
    assert _write(put_place, buffer, math.nan, math.inf) == b"[null,null]"
    assert _write(put_tenths, buffer, math.nan) == b"null"


def test_lengths_are_kept_apart_only_where_other_words_are_said() -> None:
    """One text serves all lengths of which the same is said, and no others."""
    said: dict[int, str] = {}
    for length_mm in [*range(0, 130_000, 50), *range(130_000, 3_000_000, 2_500)]:
        text = format_distance(length_mm, "en")
        assert said.setdefault(tell_distance(length_mm), text) == text
    assert len(said) <= len(set(said.values())) + 1


@settings(max_examples=30, deadline=None)
@given(found=st.dictionaries(st.integers(-(2**40), 2**40), texts, max_size=300))
def test_a_lexicon_finds_what_it_learned(found: dict[int, str]) -> None:
    """Texts stay as they were while others are added; readers of old rows keep them."""
    lexicon, before = Lexicon(), Lexicon().words
    for key, text in found.items():
        lexicon.learn({key: text})
        if before.known == 0:
            before = lexicon.words
    lexicon.learn(dict.fromkeys(found, "other"))
    words = lexicon.words
    assert words.known == len(found)
    learned = dict(zip(words.keys.tolist(), range(words.known), strict=False))
    for key, text in found.items():
        start, end = words.bounds[learned[key] : learned[key] + 2]
        assert orjson.loads(b'"%b"' % words.text[start:end].tobytes()) == text
    assert before.known <= 1


def test_a_lexicon_forgets_before_it_grows_too_large() -> None:
    """Memory has a bound."""
    lexicon = Lexicon(most=600)
    lexicon.learn(dict.fromkeys(range(600), ""))
    assert lexicon.words.known == 600
    lexicon.learn({-1: "new"})
    assert lexicon.words.known == 1


def test_ways_that_share_lexica_ask_once() -> None:
    """A name is asked for when it is first written, and never again in that language."""
    asked: list[int] = []

    def called(number: int) -> dict[str, str]:
        asked.append(number)
        return {"en": "Abai"}

    lexica: Lexica = {}
    named = codes.DEPART + len(codes.WHERES) - 1
    notes = np.array([(named, 70_000, 5, 0)], NOTE)
    for _ in range(2):
        phrases = Phrases(notes, called, [], [], lexica)
        assert b"Go east along Abai for 70 metres." in write_phrases(phrases, "en")
    assert asked == [5]


def test_what_does_not_exist_is_an_error() -> None:
    """Neither a language nor a note is made up."""
    steps = Steps(np.zeros(1, STEP), Phrases(np.array([(REPORT, 0, 0, 0)], NOTE), NAMELESS, [], []))
    with pytest.raises(IndexError):
        write_steps(steps, "en")
    with pytest.raises(IndexError):
        write_phrases(steps.phrases, "en")
    silent = next(number for number, key in enumerate(KEYS) if key not in list_keys("en"))
    with pytest.raises(KeyError):
        write_phrases(Phrases(np.array([(silent, 0, 0, 0)], NOTE), NAMELESS, [], []), "en")
    with pytest.raises(KeyError):
        write_features(as_stretches([]), "xx")
    with pytest.raises(KeyError):
        write_phrases(Phrases(np.zeros(0, NOTE), NAMELESS, [], []), "xx")
