"""Whatever is typed, search answers: bounded, in order, and without breaking."""

from contextlib import suppress

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from geo.places.addresses import AddressNotFoundError, AmbiguousAddressError, find_address
from geo.places.finding import Hit, search
from tests.support.proofs import CountProof, ProofSize
from tests.support.search_city import add_places

_TEXTS = {"short": 150, "long": 20_000}
_LIMIT = 7
_PIECES = (
    "аптека", "дәріхана", "pharmacy", "улица", "көшесі", "7", "12/3", "а", "№", "'", '"', "\\",
    "%", "_", ";", "--", "/*", "~pharmacy", "@1", ":x", "\u202e", "😀", "שלום", "\ufffd", "ё",
    " ", "  ", "-", "/", "//", "1/", "/1", "\t", "\n", "ARRAY['x']", "{}", "NaN", "ﬁ", "İ", "ß",
)  # fmt: skip
_ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=80)
_MIXED = st.lists(st.sampled_from(_PIECES), max_size=12).map("".join)


async def test_no_text_breaks_search(
    engine: AsyncEngine,
    libpq_url: str,
    clean_database: str,
    proof_size: ProofSize,
    count_proof: CountProof,
) -> None:
    """Any text gives hits, best first and no more than asked for, and any address an answer."""
    assert clean_database
    with psycopg.connect(libpq_url) as connection:
        add_places(connection, first=1, last=300)
    texts: list[str] = []

    @settings(
        max_examples=_TEXTS[proof_size],
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(text=st.one_of(_ANY, _MIXED))
    def collect(text: str) -> None:
        texts.append(text)

    collect()
    async with AsyncSession(engine) as db:
        for number, text in enumerate(texts):
            near = (76.9, 43.3) if number % 2 else None
            hits = await search(db, text=text, language="kk", near=near, limit=_LIMIT)
            _check(hits, text)
            with suppress(AddressNotFoundError, AmbiguousAddressError):
                await find_address(db, text, near=near)
    count_proof("texts", len(texts))


def _check(hits: list[Hit], text: str) -> None:
    assert len(hits) <= _LIMIT, text
    assert [hit.rank for hit in hits] == sorted((hit.rank for hit in hits), reverse=True), text
    assert all(0 <= hit.rank <= 1 and hit.name for hit in hits), text
