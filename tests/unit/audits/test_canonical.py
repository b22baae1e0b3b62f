"""The same content has the same digest, however it was written."""

import json

from hypothesis import given
from hypothesis import strategies as st

from audits.canonical import canonical_json, digest

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)
_BODIES = st.dictionaries(st.text(max_size=8), _JSON)


@given(_BODIES)
def test_order_and_spacing_do_not_matter(body: dict[str, object]) -> None:
    """Another order of members and an indented copy give the same digest."""
    again = json.loads(json.dumps(dict(reversed(body.items())), indent=3))
    assert digest(again) == digest(body)
    assert json.loads(canonical_json(body)) == body


def test_another_value_is_another_digest() -> None:
    """One millimetre more is other content."""
    assert digest({"width": 900}) != digest({"width": 901})
