"""Ways that nobody walked: segments with every sort of value, known and unknown."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from geo.mobility.surfaces import SmoothnessRank, SurfaceRank
from geo.routing.answer import Notice, Segment, SegmentKind
from geo.routing.costs import Hindrance
from geo.routing.encoding import Crossing, Evidence, LimitKind, RoadClass, Side

texts = st.text(st.sampled_from('ab"\\/\n\t\x00\x1f\x7f Әғйя€—😀{}'), max_size=12)
names = st.dictionaries(st.sampled_from(["", "kk", "ru", "en", "de"]), texts, max_size=3)
degrees = st.one_of(
    st.floats(-180.0, 180.0, allow_subnormal=False),
    st.integers(-1_800_000_000, 1_800_000_000).map(lambda n: n / 1e7),
    st.integers(-2000, 2000).map(lambda n: n / 1e7),
    st.integers(-46_000, 46_000).map(lambda n: n / 256),
)
places = st.tuples(degrees, degrees)
sizes = st.none() | st.integers(0, 5000)
slopes = st.none() | st.integers(-1000, 1000)
seconds = st.one_of(
    st.floats(0.0, 1e5), st.integers(0, 10**6).map(lambda n: n / 20), st.integers(0, 9999)
).map(float)
hindrances = st.sets(st.sampled_from(Hindrance), max_size=4).map(lambda each: tuple(sorted(each)))
notices = st.builds(
    Notice,
    kind=st.sampled_from(["ice", "dug_up", "blocked"]),
    state=st.sampled_from(["reported", "expired"]),
    until=st.none() | st.just(datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ref=texts,
)
segments = st.builds(
    Segment,
    kind=st.sampled_from(SegmentKind),
    shape=st.lists(places, min_size=1, max_size=4),
    length_mm=st.integers(0, 3000) | st.integers(0, 10**9),
    duration_s=seconds,
    evidence=st.lists(st.sampled_from(Evidence), min_size=7, max_size=7).map(
        lambda sources: dict(zip(LimitKind, sources, strict=True))
    ),
    name=names,
    name_inferred=st.booleans(),
    side=st.sampled_from(Side),
    road_class=st.sampled_from(RoadClass),
    crossing=st.sampled_from(Crossing),
    inferred=st.booleans(),
    slope_permille=slopes,
    cross_slope_permille=slopes,
    width_mm=sizes,
    passage_mm=sizes,
    kerb_mm=sizes,
    steps=sizes,
    surface=st.none() | st.sampled_from(SurfaceRank).map(int),
    smoothness=st.none() | st.sampled_from(SmoothnessRank).map(int),
    level_tenths=st.integers(-50, 200),
    lift=st.booleans(),
    private=st.booleans(),
    tactile=st.booleans(),
    sound=st.booleans(),
    ramp=st.booleans(),
    handrail=st.booleans(),
    helps=hindrances,
    violations=hindrances,
    notices=st.lists(notices, max_size=2).map(tuple),
    edge_id=st.integers(0, 1) | st.integers(0, 2**40),
    osm_way_id=st.just(0) | st.integers(0, 2**40),
)
ways = st.lists(segments, max_size=6)
