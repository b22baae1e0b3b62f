"""Only questions between points take the short way; all others are left to the ordinary one."""

from types import SimpleNamespace
from typing import Any

import pytest

from api.direct import _read_question
from api.schemas.journeys import RouteQuery


def _scope(query: str, **app: Any) -> dict[str, Any]:  # noqa: ANN401 - what an app may hold
    held = SimpleNamespace(**({"dependency_overrides": {}} | app))
    return {"app": held, "headers": [], "query_string": query.encode()}


def test_a_question_between_points_is_read_as_the_ordinary_way_reads_it() -> None:
    """Lists, numbers and words come out as the same question."""
    query = "from=76.9,43.2&to=76.92,43.22&via=76.91,43.21&key=lift&key=gate&max_kerb_mm=30"
    assert _read_question(_scope(query)) == RouteQuery(
        origin="76.9,43.2",
        destination="76.92,43.22",
        via=["76.91,43.21"],
        key=["lift", "gate"],
        max_kerb_mm=30,
    )


@pytest.mark.parametrize(
    "query",
    [
        "from=76.9,43.2",
        "from=76.9,43.2&to=",
        "from=76.9,43.2&to=place:0198c8a4-0000-7000-8000-000000000000",
        "from=76.9,43.2&to=address:Abai",
        "from=76.9,43.2&to=76.92,43.22&via=entrance:1",
        "from=76.9,43.2&to=76.92,43.22&unheard=1",
        "from=76.9,43.2&to=76.92,43.22&from=76.8,43.2",
        "from=76.9,43.2&to=76.92,43.22&profile=bird",
        "origin=76.9,43.2&to=76.92,43.22",
    ],
)
def test_everything_else_is_passed_on(query: str) -> None:
    """Ends that need the database, and everything wrong, are not read here."""
    assert _read_question(_scope(query)) is None


def test_another_clock_or_a_body_is_passed_on() -> None:
    """What tests put in place of a dependency counts; a body is counted elsewhere."""
    query = "from=76.9,43.2&to=76.92,43.22"
    assert _read_question(_scope(query, dependency_overrides={len: len})) is None
    scope = _scope(query) | {"headers": [(b"content-length", b"3")]}
    assert _read_question(scope) is None
