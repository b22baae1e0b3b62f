"""Whatever is asked about ways, the answer is a way, a clear problem, or "come back later".

Generated questions to every endpoint, by query and by body: numbers that are none, points at
sea and at the pole, swapped, the same place twice, areas that cross themselves, long lists,
texts that are no ids. Never a 500, never an answer without a type.
"""

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.http.conftest import PLACE_ID, SmallCity
from tests.support.proofs import CountProof, get_size

_LONGEST_ADDRESS = 10_000
QUESTIONS = {"short": 60, "long": 5_000}

_NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([76.93, 43.24, 0.0, -0.0, 180.0, 90.0, 91.0, -181.0, 1e308, 76.9292, 76.9318]),
)
_POINTS = st.one_of(
    st.tuples(st.floats(76.925, 76.935), st.floats(43.235, 43.245)),
    st.tuples(_NUMBERS, _NUMBERS),
    st.just((43.24, 76.93)),
    st.just((50.0, 42.0)),
).map(lambda point: f"{point[0]},{point[1]}")
_TEXTS = st.text(max_size=40)
_ENDS = st.one_of(
    _POINTS,
    st.sampled_from(
        [
            f"place:{PLACE_ID}",
            "place:0199a000-0000-7000-8000-00000000ffff",
            "entrance:nobody",
            "address:Абая 7",
            "address:%_\\",
            "76.93,43.24",
        ]
    ),
    _TEXTS.map(lambda text: f"address:{text}"),
    _TEXTS,
)
_RINGS = st.lists(_POINTS, min_size=0, max_size=12).map(";".join)
_LONG_RING = st.integers(900, 2_000).map(lambda count: ";".join(["76.9,43.2", "77,43"] * count))
_WORDS = {
    "profile": st.sampled_from(["manual_wheelchair", "low_vision", "pushchair", "snail"]),
    "help": st.sampled_from(["alone", "companion", "staff", "dog"]),
    "unknown": st.lists(
        st.sampled_from(["allow", "forbid", "width:forbid", "kerb:allow", "x:y", ""]), max_size=4
    ),
    "prefer": st.lists(st.sampled_from(["flatter", "surveyed", "signalled", "x"]), max_size=4),
    "key": st.lists(st.one_of(st.just("lift"), _TEXTS), max_size=6),
    "at": st.sampled_from(
        ["2026-11-22T10:00:00+05:00", "2026-11-22T10:00:00", "9999-12-31T23:59:59Z", "0001-01-01"]
    ),
    "max_incline_up_permille": st.integers(-5, 1_100),
    "min_width_mm": st.integers(-5, 11_000),
    "max_kerb_mm": st.integers(-5, 11_000),
    "max_steps": st.integers(-5, 1_100),
    "worst_surface": st.sampled_from(["smooth", "soft", "lava"]),
    "avoid": st.lists(st.one_of(_RINGS, _LONG_RING), max_size=3),
    "via": st.lists(_ENDS, max_size=9),
    "alternatives": st.integers(-1, 5),
    "check_return": st.sampled_from(["true", "false", "perhaps"]),
    "elevation": st.booleans(),
    "format": st.sampled_from(["gpx", "geojson", "png"]),
    "minutes": st.lists(st.integers(-1, 70), max_size=4),
    "arriving": st.booleans(),
    "places": st.integers(-1, 300),
    "limit": st.integers(-1, 80),
    "category": st.lists(_TEXTS, max_size=3),
    "lang": st.sampled_from(["kk", "ru", "en", "xx"]),
}
_WHO = ("profile", "help", "unknown", "prefer", "key", "at", "max_incline_up_permille",
        "min_width_mm", "max_kerb_mm", "max_steps", "worst_surface", "avoid", "lang")  # fmt: skip
_OWN = {
    "/v1/routes": ("via", "alternatives", "check_return", "elevation", "format"),
    "/v1/reach": ("minutes", "arriving", "places", "category"),
    "/v1/arrivals": ("minutes", "limit"),
    "/v1/matrix": (),
}


@st.composite
def _questions(draw: st.DrawFn) -> tuple[str, str, dict[str, Any]]:
    path = draw(st.sampled_from(list(_OWN)))
    names = draw(st.lists(st.sampled_from([*_WHO, *_OWN[path]]), max_size=5, unique=True))
    asked: dict[str, Any] = {name: draw(_WORDS[name]) for name in names}
    if path == "/v1/arrivals":
        asked["place"] = draw(_ENDS)
    elif path == "/v1/matrix":
        asked["origins"] = draw(st.lists(_ENDS, max_size=22))
        asked["destinations"] = draw(st.lists(_ENDS, max_size=4))
    else:
        asked["from"] = draw(_ENDS)
        asked["to"] = draw(_ENDS)
    if path == "/v1/reach":
        asked.pop("to")
    method = "POST" if path == "/v1/matrix" else "GET"
    if path in {"/v1/routes", "/v1/reach"}:
        method = draw(st.sampled_from(["GET", "POST"]))
    return method, path, asked


async def test_no_question_about_ways_breaks_the_service(
    small_city: SmallCity, count_proof: CountProof
) -> None:
    """Every answer is 2xx, or a problem of 4xx or 503 with a type."""
    counts: dict[int, int] = {}

    @settings(
        max_examples=QUESTIONS[get_size()],
        deadline=None,
        database=None,
        derandomize=get_size() == "short",
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_questions())
    def collect(question: tuple[str, str, dict[str, Any]]) -> None:
        asked.append(question)

    asked: list[tuple[str, str, dict[str, Any]]] = []
    collect()
    for method, path, question in asked:
        if method == "GET":
            pairs = [
                (name, str(each))
                for name, value in question.items()
                for each in (value if isinstance(value, list) else [value])
            ]
            # No client writes an address longer than this; a body may be.
            if sum(len(value) for _name, value in pairs) > _LONGEST_ADDRESS:
                pairs = [pair for pair in pairs if pair[0] != "avoid"]
            answer = await small_city.client.get(path, params=_encodable(pairs))
        else:
            answer = await small_city.client.post(path, json=question)
        counts[answer.status_code] = counts.get(answer.status_code, 0) + 1
        good = 200 <= answer.status_code < 300
        assert good or 400 <= answer.status_code < 500 or answer.status_code == 503, (
            question,
            answer.text,
        )
        if not good:
            assert answer.headers["Content-Type"] == "application/problem+json", question
            assert answer.json()["type"].startswith("/problems/")
    assert counts.get(200, 0) > 0
    for status, number in sorted(counts.items()):
        count_proof(f"questions answered {status}", number)


def _encodable(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value.encode("utf-8", "replace").decode()) for name, value in pairs]
