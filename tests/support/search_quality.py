"""How often search finds what was meant: the queries of `search_queries.toml`, and recall@5."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from geo.places.finding import Hit, search

CENTRE = (76.93, 43.24)
"""The middle of the demo city."""
FIRST = 5
REAL_CENTRES = {"almaty": (76.93, 43.25), "monaco": (7.42, 43.738)}


@dataclass
class Group:
    """Queries of one sort."""

    asked: int = 0
    missed: list[str] = field(default_factory=list)
    """What was typed, what was meant, and what came first instead."""

    @property
    def recall(self) -> float:
        """Share of queries whose meaning is among the first five hits."""
        return 1 - len(self.missed) / self.asked


def load_queries(real_city: str | None = None) -> Mapping[str, Mapping[str, str]]:
    """Give what is typed and what is meant, by sort; of a real city under its name."""
    name = "search_queries_real.toml" if real_city else "search_queries.toml"
    every = tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return {real_city: every[real_city]} if real_city else every


async def measure(
    db: AsyncSession, *, real_city: str | None = None, near: tuple[float, float] = CENTRE
) -> dict[str, Group]:
    """Ask every query; the sum of all sorts stands under `total`."""
    groups = {"total": Group()}
    for sort, queries in load_queries(real_city).items():
        group = groups[sort] = Group()
        for typed, meant in queries.items():
            hits = await search(db, text=typed, language="ru", near=near, limit=FIRST)
            group.asked += 1
            groups["total"].asked += 1
            if not any(_is_meant(hit, meant) for hit in hits):
                missed = f"{typed} -> {meant}, not {_tell(hits)}"
                group.missed.append(missed)
                groups["total"].missed.append(missed)
    return groups


def _is_meant(hit: Hit, meant: str) -> bool:
    kind, _colon, name = meant.partition(":")
    if kind == "near":
        street, _bar, category = name.partition("|")
        return hit.category == category and (hit.address or "").startswith(street)
    if kind != hit.kind.value:
        return False
    told = hit.category or "" if kind == "category" else hit.name
    return told.startswith(name[:-1]) if name.endswith("*") else told == name


def _tell(hits: Sequence[Hit]) -> str:
    return "; ".join(f"{hit.kind.value}:{hit.name}" for hit in hits) or "nothing"
